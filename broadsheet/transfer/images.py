"""Bringing images here: each is fetched once, and its address here takes the old one's place."""

import io
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from broadsheet.accounts.models import User
from broadsheet.media import actions as media
from broadsheet.media.models import Image
from broadsheet.transfer import addresses, faults, fetch
from broadsheet.transfer.incoming import Incoming, Note
from broadsheet.transfer.models import ImportedImage

_LONGEST = 2_000
_CACHED = 1_000
_SILENCES = 3  # of a host, after which it is not asked again


class Images:
    """Places the images of one import; each is fetched once, and a dead host is soon left alone."""

    def __init__(self, *, by: User, downloads: bool, brought: Callable[[], None]) -> None:
        """`brought` is called for each image that was fetched."""
        self._by, self._downloads, self._brought = by, downloads, brought
        self._known: dict[str, Image] = {}
        self._failures: dict[str, str] = {}
        self._silences: Counter[str] = Counter()

    def place(self, post: Incoming) -> None:
        """Point `post` to the images that are here, after fetching the others if that is wanted.

        Touches the network, so it must run outside any transaction. An image that cannot be had
        keeps its address, which is noted.
        """
        wanted = _remote(post)
        if not wanted:
            return
        self._look_up(wanted)
        for address in wanted:
            if self._downloads and address not in self._known:
                if address not in self._failures:
                    self._bring(address)
                if reason := self._failures.get(address):
                    post.notes.append(Note("image that stays elsewhere", f"{address} ({reason})"))
        here = {address: self._known[address] for address in wanted if address in self._known}
        _point(post, here)
        post.remote_images = len(wanted) - len(here)

    def _look_up(self, wanted: Sequence[str]) -> None:
        for cache in (self._known, self._failures):
            if len(cache) > _CACHED:  # so that memory does not grow with the archive
                cache.clear()
        new = [address for address in wanted if address not in self._known]
        rows = ImportedImage.objects.filter(address__in=new).select_related("image")
        self._known |= {row.address: row.image for row in rows}

    def _bring(self, address: str) -> None:
        """Fetch an image. Nothing that is wrong with it raises."""
        host = urlsplit(address).netloc
        if self._silences[host] >= _SILENCES:
            self._failures[address] = f"its host did not answer {_SILENCES} times"
            return
        with faults.contained(address, "bringing it here", expected=(fetch.Failed,)) as fault:
            try:
                self._known[address] = _fetch(address, by=self._by)
            except fetch.NoAnswerError:
                self._silences[host] += 1
                raise
        if fault.reason:
            self._failures[address] = fault.reason
        else:
            self._silences.pop(host, None)
            self._brought()


def _fetch(address: str, *, by: User) -> Image:
    if len(address) > _LONGEST:
        raise fetch.Failed("its address is too long")
    data = fetch.fetch(address)
    image = media.upload(io.BytesIO(data), name=_name(address), by=by)
    ImportedImage.objects.update_or_create(address=address, defaults={"image": image})
    return image


def _remote(post: Incoming) -> list[str]:
    found = [post.fields.get("cover_url", ""), *addresses.found(post.fields.get("content", ""))]
    return list(dict.fromkeys(filter(addresses.is_remote, found)))


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
