"""Export of all posts as Markdown files, with their images and the site's redirects."""

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
from broadsheet.transfer.exporters.outputs import ExportOutput
from broadsheet.transfer.markdown_format import front_matter, schema

_CHUNK = 100


def export_posts(output: ExportOutput) -> Iterator[str]:
    """Write all posts except deleted ones; yield the name of each file. Raises OSError.

    Posts are read in chunks, so memory does not grow with their number.
    """
    names: set[str] = set()
    digests: set[str] = set()
    hosts = own_hosts()
    posts = Post.objects.alive().for_reading().order_by("pk").iterator(chunk_size=_CHUNK)
    for post in posts:
        is_draft = post.status == Post.Status.DRAFT
        name = schema.file_name(post.slug, post.pk.hex, is_draft=is_draft)
        if name.casefold() in names:  # some file systems ignore case
            name = name.removesuffix(".md") + f"-{post.pk.hex}.md"
        names.add(name.casefold())
        text, image_digests = _render_file(post, hosts, up="../" if is_draft else "")
        output.put(name, text.encode(), at=post.updated_at)
        yield name
        yield from _write_images(image_digests - digests, output)
        digests |= image_digests
    yield from _write_redirects(output)


def _render_file(post: Post, hosts: frozenset[str], *, up: str) -> tuple[str, set[str]]:
    """Return the text of a post's file, and the digests of its images."""
    digests_in_post: set[str] = set()

    def local(digest: str, size: str) -> str:
        digests_in_post.add(digest)
        return f"{up}{schema.IMAGES_FOLDER}/{digest}-{size}"

    head: dict[str, Any] = {key: getattr(post, name) for key, name in schema.FIELDS.items()}
    head["cover"] = schema.replace_own_images(post.cover_src, hosts, local)
    head["authors"] = [author.username for author in post.authors.all()]
    head["tags"] = [tag.name for tag in post.tags.all()]
    head["series"] = post.series.name if post.series else ""
    head["source"] = "" if post.source_id == schema.own_source_id(post.pk) else post.source_id
    head["source_digest"] = post.source_digest
    head["id"] = str(post.pk)
    head["version"] = post.version
    head = {key: _serializable(value) for key, value in head.items()}
    content = schema.replace_own_images(post.content, hosts, local)
    return front_matter.join(
        {k: v for k, v in head.items() if v not in ("", None)}, content
    ), digests_in_post


def _write_redirects(output: ExportOutput) -> Iterator[str]:
    """Write the redirects, if there are any, as CSV."""
    redirects = Redirect.objects.order_by("old_path")
    rows = [*redirects.values_list(*schema.REDIRECT_FIELDS)]
    if rows:
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows([schema.REDIRECT_FIELDS, *rows])
        newest = max(redirects.values_list("created_at", flat=True))
        output.put(schema.REDIRECTS_FILE, out.getvalue().encode(), at=newest)
        yield schema.REDIRECTS_FILE


def _serializable(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.datetime) else value


def _write_images(digests: set[str], output: ExportOutput) -> Iterator[str]:
    for image in Image.objects.filter(digest__in=digests).order_by("digest"):
        stored_name = str(image.file.name)
        if not default_storage.exists(stored_name):
            continue
        with default_storage.open(stored_name) as file:
            name = f"{schema.IMAGES_FOLDER}/{image.digest}-{stored_name.rpartition('/')[2]}"
            output.put(name, file.read(), at=image.created_at)
            yield name
