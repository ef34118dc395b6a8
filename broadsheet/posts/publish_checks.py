"""Advice before a post is published. Nothing of it is required."""

from collections.abc import Iterator
from enum import StrEnum
from html.parser import HTMLParser
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from broadsheet.posts.models import RESERVED_SLUGS, Post
from broadsheet.publication.models import Redirect

#: Maximum of hints of one kind.
MAX_HINTS = 20


class HintCode(StrEnum):
    """What a hint is about."""

    ALT_TEXT = "alt_text"
    HEADING_ORDER = "heading_order"
    DEAD_LINK = "dead_link"
    REMOTE_IMAGE = "remote_image"
    DESCRIPTION = "description"


class Hint(NamedTuple):
    """Something to improve. `detail` is the URL or text that it is about; it can be empty."""

    code: HintCode
    message: str
    detail: str


def check(post: Post) -> list[Hint]:
    """Return hints about the saved version of `post`, with at most two queries."""
    page = _Page()
    page.feed(post.html)
    page.close()
    kinds = (
        _images_without_alt(post, page),
        _heading_order(page),
        _dead_links(post, page),
        _remote_images(post, page),
        _description(post),
    )
    return [hint for hints in kinds for hint in list(hints)[:MAX_HINTS]]


class _Page(HTMLParser):
    """Images, links, headings and anchors of rendered HTML."""

    def __init__(self) -> None:
        super().__init__()
        self.images: list[tuple[str, str]] = []  # URL, alternative text
        self.links: list[str] = []
        self.headings: list[tuple[int, str]] = []  # level, text
        self.anchors: set[str] = {"", "top"}
        self._is_in_heading = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect what a tag says."""
        values = {name: value or "" for name, value in attrs}
        self.anchors.add(values.get("id", ""))
        if tag == "img":
            self.images.append((values.get("src", ""), values.get("alt", "")))
        elif tag == "a" and values.get("class") != "anchor":
            self.links.append(values.get("href", ""))
        elif _is_heading(tag):
            self.headings.append((int(tag[1]), ""))
            self._is_in_heading = True

    def handle_endtag(self, tag: str) -> None:
        """Note the end of a heading."""
        if _is_heading(tag):
            self._is_in_heading = False

    def handle_data(self, data: str) -> None:
        """Collect the text of headings."""
        if self._is_in_heading:
            level, text = self.headings[-1]
            self.headings[-1] = (level, text + data)


def _is_heading(tag: str) -> bool:
    return len(tag) == 2 and tag[0] == "h" and tag[1].isdigit()  # noqa: PLR2004 - h1 to h6


def _images_without_alt(post: Post, page: _Page) -> Iterator[Hint]:
    message = _("An image has no alternative text. People who cannot see it learn nothing of it.")
    if post.cover_src and not post.cover_text:
        yield Hint(HintCode.ALT_TEXT, message, post.cover_src)
    for url, alt in page.images:
        if not alt.strip():
            yield Hint(HintCode.ALT_TEXT, message, url)


def _heading_order(page: _Page) -> Iterator[Hint]:
    message = _("A heading skips a level. Screen readers navigate by levels.")
    above = 1  # the title
    for level, text in page.headings:
        if level > above + 1:
            yield Hint(HintCode.HEADING_ORDER, message, text.strip())
        above = level


def _remote_images(post: Post, page: _Page) -> Iterator[Hint]:
    message = _("An image is on another site, which can change or remove it. Upload it here.")
    for url in (post.cover_src, *(url for url, _alt in page.images)):
        if url.startswith(("http://", "https://", "//")) and _own_path(url) is None:
            yield Hint(HintCode.REMOTE_IMAGE, message, url)


def _description(post: Post) -> Iterator[Hint]:
    if not (post.excerpt or post.seo_description):
        message = _("There is no excerpt. Lists and search engines show the beginning of the text.")
        yield Hint(HintCode.DESCRIPTION, message, "")


def _dead_links(post: Post, page: _Page) -> Iterator[Hint]:
    paths = {url: path for url in page.links if (path := _own_path(url)) is not None}
    dead = _dead_paths(set(paths.values()) - {f"/{post.slug}"})
    for url in dict.fromkeys(page.links):
        if url.startswith("#") and unquote(url[1:]) not in page.anchors:
            yield Hint(HintCode.DEAD_LINK, _("A link leads to no place in this text."), url)
        elif paths.get(url) in dead:
            yield Hint(HintCode.DEAD_LINK, _("A link leads to nothing on this site."), url)


def _dead_paths(paths: set[str]) -> set[str]:
    """Return the paths that have no post, page or redirect and are not of the site's own pages."""
    unknown = {path for path in paths if not _is_own_page(path)}
    if not unknown:
        return set()
    readable = Post.objects.visible_to(None).filter(slug__in=[path[1:] for path in unknown])
    unknown -= {f"/{slug}" for slug in readable.values_list("slug", flat=True)}
    redirects = Redirect.objects.filter(old_path__in=unknown).exclude(status=Redirect.Status.GONE)
    return unknown - set(redirects.values_list("old_path", flat=True))


def _is_own_page(path: str) -> bool:
    """Return whether the first part of the path is reserved for the site's own pages."""
    first = path.split("/")[1]
    return not first or first.startswith("@") or first.casefold() in RESERVED_SLUGS


def _own_path(url: str) -> str | None:
    """Return the decoded path of a URL of this site, without a slash at its end; or None."""
    try:
        parts, site = urlsplit(url), urlsplit(settings.SITE_URL)
    except ValueError:
        return None
    is_path = not parts.scheme and not parts.netloc and parts.path.startswith("/")
    is_own = parts.scheme in {"http", "https"} and parts.netloc == site.netloc
    return unquote(parts.path).rstrip("/") or "/" if is_path or is_own else None
