"""Writing every post as a Markdown file, with its images, into a folder or a ZIP archive."""

import csv
import datetime as dt
import io
from collections.abc import Iterator
from typing import Any

from django.core.files.storage import default_storage

from broadsheet.media.models import Image
from broadsheet.posts.models import Post
from broadsheet.publication.actions import own_hosts
from broadsheet.publication.models import Redirect
from broadsheet.transfer.markdown import front_matter, layout
from broadsheet.transfer.markdown.targets import Target

_CHUNK = 100


def write(target: Target) -> Iterator[str]:
    """Write all posts but the deleted; yield the name of each file. Raises OSError.

    Posts are read a hundred at a time, so memory does not grow with their number.
    """
    names: set[str] = set()
    digests: set[str] = set()
    hosts = own_hosts()
    posts = Post.objects.alive().for_reading().order_by("pk").iterator(chunk_size=_CHUNK)
    for post in posts:
        is_draft = post.status == Post.Status.DRAFT
        name = layout.file_name(post.slug, post.pk.hex, is_draft=is_draft)
        if name.casefold() in names:  # some file systems tell no case apart
            name = name.removesuffix(".md") + f"-{post.pk.hex}.md"
        names.add(name.casefold())
        text, shown = _file(post, hosts, up="../" if is_draft else "")
        target.put(name, text.encode(), at=post.updated_at)
        yield name
        yield from _images(shown - digests, target)
        digests |= shown
    yield from _redirects(target)


def _file(post: Post, hosts: frozenset[str], *, up: str) -> tuple[str, set[str]]:
    """Return a post's file and the digests of the images in it."""
    shown: set[str] = set()

    def local(digest: str, size: str) -> str:
        shown.add(digest)
        return f"{up}{layout.IMAGES}/{digest}-{size}"

    head: dict[str, Any] = {key: getattr(post, name) for key, name in layout.FIELDS.items()}
    head["cover"] = layout.replace_own_images(post.cover_src, hosts, local)
    head["authors"] = [author.username for author in post.authors.all()]
    head["tags"] = [tag.name for tag in post.tags.all()]
    head["series"] = post.series.name if post.series else ""
    head["source"] = "" if post.source_id == layout.own_source(post.pk) else post.source_id
    head["source_digest"] = post.source_digest
    head["id"] = str(post.pk)
    head["version"] = post.version
    head = {key: _plain(value) for key, value in head.items()}
    content = layout.replace_own_images(post.content, hosts, local)
    return front_matter.join({k: v for k, v in head.items() if v not in ("", None)}, content), shown


def _redirects(target: Target) -> Iterator[str]:
    """Write the redirects, where there are any, as a table that spreadsheets open, too."""
    redirects = Redirect.objects.order_by("old_path")
    rows = [*redirects.values_list(*layout.REDIRECT_FIELDS)]
    if rows:
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows([layout.REDIRECT_FIELDS, *rows])
        newest = max(redirects.values_list("created_at", flat=True))
        target.put(layout.REDIRECTS, out.getvalue().encode(), at=newest)
        yield layout.REDIRECTS


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.datetime) else value


def _images(digests: set[str], target: Target) -> Iterator[str]:
    for image in Image.objects.filter(digest__in=digests).order_by("digest"):
        stored = str(image.file.name)
        if not default_storage.exists(stored):
            continue
        with default_storage.open(stored) as file:
            name = f"{layout.IMAGES}/{image.digest}-{stored.rpartition('/')[2]}"
            target.put(name, file.read(), at=image.created_at)
            yield name
