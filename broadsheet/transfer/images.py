"""Bringing images here: each is fetched once, and its address here takes the old one's place."""

import io
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ValidationError

from broadsheet.accounts.models import User
from broadsheet.media import actions as media
from broadsheet.media.models import Image
from broadsheet.transfer import addresses, fetch
from broadsheet.transfer.incoming import Incoming, Note
from broadsheet.transfer.models import ImportedImage

_LONGEST = 2_000


def localise(posts: Sequence[Incoming], *, by: User, downloads: bool) -> None:
    """Point `posts` to the images that are here, after fetching the others where `downloads`.

    Touches the network, so it must run outside any transaction. An image that cannot be had
    keeps its address, which is noted.
    """
    wanted = {post.source_id: _remote(post) for post in posts}
    known = _known({address for found in wanted.values() for address in found})
    failures: dict[str, str] = {}
    for post in posts:
        for address in wanted[post.source_id]:
            if downloads and address not in known and address not in failures:
                try:
                    known[address] = _bring(address, by=by)
                except (fetch.Failed, ValidationError) as error:
                    failures[address] = " ".join(getattr(error, "messages", [str(error)]))
            if address in failures:
                post.notes.append(
                    Note("image that stays elsewhere", f"{address} ({failures[address]})")
                )
        _point(post, known)
        post.remote_images = sum(address not in known for address in wanted[post.source_id])


def _remote(post: Incoming) -> list[str]:
    found = [post.fields.get("cover_url", ""), *addresses.found(post.fields.get("content", ""))]
    return list(dict.fromkeys(filter(addresses.is_remote, found)))


def _known(wanted: Iterable[str]) -> dict[str, Image]:
    rows = ImportedImage.objects.filter(address__in=list(wanted)).select_related("image")
    return {row.address: row.image for row in rows}


def _bring(address: str, *, by: User) -> Image:
    if len(address) > _LONGEST:
        raise fetch.Failed("its address is too long")
    data = fetch.fetch(address)
    image = media.upload(io.BytesIO(data), name=_name(address), by=by)
    ImportedImage.objects.update_or_create(address=address, defaults={"image": image})
    return image


def _name(address: str) -> str:
    """Return the last part of the address, without an ending: many of those are wrong."""
    return PurePosixPath(unquote(urlsplit(address).path)).stem[:200]


def _point(post: Incoming, known: dict[str, Image]) -> None:
    if not known:
        return

    def replace(address: str) -> str:
        return known[address].url if address in known else address

    if "content" in post.fields:
        post.fields["content"] = addresses.replaced(post.fields["content"], replace)
    if (cover := known.get(post.fields.get("cover_url", ""))) is not None:
        post.fields["cover"], post.fields["cover_url"] = cover, ""
