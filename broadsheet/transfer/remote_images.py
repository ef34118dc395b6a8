"""Import of remote images: each is downloaded once, and its URL here replaces the old one."""

import io
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from broadsheet.accounts.models import User
from broadsheet.lib import safe_http
from broadsheet.media import actions as media
from broadsheet.media.models import Image
from broadsheet.transfer import image_urls
from broadsheet.transfer.error_isolation import isolate_errors
from broadsheet.transfer.models import ImportedImage
from broadsheet.transfer.records import Note, PostRecord

_MAX_URL_LENGTH = 2_000
_MAX_CACHED = 1_000
_MAX_TIMEOUTS = 3  # of a host, after which it is not contacted again


class ImageImporter:
    """Imports the images of one import run; a host that does not respond is soon skipped."""

    def __init__(self, *, by: User, downloads: bool, on_download: Callable[[], None]) -> None:
        """Call `on_download` after each download."""
        self._by, self._downloads, self._on_download = by, downloads, on_download
        self._images: dict[str, Image] = {}
        self._failures: dict[str, str] = {}
        self._timeouts: Counter[str] = Counter()

    def import_images(self, post: PostRecord) -> None:
        """Point `post` to the images on this site, after downloading missing ones if enabled.

        Accesses the network, so it must run outside any transaction. An image that cannot be
        downloaded keeps its URL, and a note says so.
        """
        urls = _remote_urls(post)
        if not urls:
            return
        self._look_up(urls)
        for url in urls:
            if self._downloads and url not in self._images:
                if url not in self._failures:
                    self._try_download(url)
                if reason := self._failures.get(url):
                    post.notes.append(Note("image not downloaded", f"{url} ({reason})"))
        images = {url: self._images[url] for url in urls if url in self._images}
        _replace_urls(post, images)
        post.remote_images = len(urls) - len(images)

    def _look_up(self, urls: Sequence[str]) -> None:
        for cache in (self._images, self._failures):
            if len(cache) > _MAX_CACHED:  # bounds memory for large archives
                cache.clear()
        new = [url for url in urls if url not in self._images]
        rows = ImportedImage.objects.filter(url__in=new).select_related("image")
        self._images |= {row.url: row.image for row in rows}

    def _try_download(self, url: str) -> None:
        """Download an image; an error is recorded instead of raised."""
        host = urlsplit(url).netloc
        if self._timeouts[host] >= _MAX_TIMEOUTS:
            self._failures[url] = f"its host did not answer {_MAX_TIMEOUTS} times"
            return
        with isolate_errors(url, "downloading it", expected=(safe_http.FetchError,)) as failure:
            try:
                self._images[url] = _download(url, by=self._by)
            except safe_http.NoResponseError:
                self._timeouts[host] += 1
                raise
        if failure.reason:
            self._failures[url] = failure.reason
        else:
            self._timeouts.pop(host, None)
            self._on_download()


def _download(url: str, *, by: User) -> Image:
    if len(url) > _MAX_URL_LENGTH:
        raise safe_http.FetchError("its URL is too long")
    data = safe_http.fetch(url)
    image = media.upload(io.BytesIO(data), name=_name_from_url(url), by=by)
    ImportedImage.objects.update_or_create(url=url, defaults={"image": image})
    return image


def _remote_urls(post: PostRecord) -> list[str]:
    urls = [
        post.fields.get("cover_url", ""),
        *image_urls.find_image_urls(post.fields.get("content", "")),
    ]
    return list(dict.fromkeys(filter(image_urls.is_remote_url, urls)))


def _name_from_url(url: str) -> str:
    """Return the last part of the URL without its extension, since many extensions are wrong."""
    return PurePosixPath(unquote(urlsplit(url).path)).stem[:200]


def _replace_urls(post: PostRecord, images: dict[str, Image]) -> None:
    if not images:
        return

    def replace(url: str) -> str:
        return images[url].url if url in images else url

    if "content" in post.fields:
        post.fields["content"] = image_urls.replace_image_urls(post.fields["content"], replace)
    if (cover := images.get(post.fields.get("cover_url", ""))) is not None:
        post.fields["cover"], post.fields["cover_url"] = cover, ""
