"""Feed generators for RSS 2.0, Atom and JSON Feed."""

import datetime as dt
import io
import json
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import IO, Any, ClassVar, cast
from xml.sax.xmlreader import AttributesImpl

from django.utils.feedgenerator import (
    Atom1Feed,
    Rss201rev2Feed,
    SyndicationFeed,
    rfc3339_date,
)
from django.utils.html import escape
from django.utils.xmlutils import SimplerXMLGenerator

from broadsheet.lib.urls import make_absolute_in_html
from broadsheet.posts.queries import PostDetail
from broadsheet.public.meta import site_url

# Anchor links of headings: useless outside the page.
_ANCHOR = re.compile(r'<a class="anchor"[^>]*></a>')
# Characters that XML 1.0 does not allow, even escaped.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

#: Items with longer texts (characters of HTML) are not cached, to save memory.
_LONG = 50_000


def clean(text: str) -> str:
    """Return `text` without the characters that XML does not allow."""
    return _UNWRITABLE.sub("", text)


def changed_at(post: PostDetail) -> dt.datetime:
    """Return the update time for feed readers: that of the last change or of the publication."""
    return max(post.updated_at, post.date)


def add(feed: SyndicationFeed, post: PostDetail) -> None:
    """Add a post in full. Its id is its UUID, which stays the same when its URL changes."""
    url = site_url(post.get_absolute_url())
    html = make_absolute_in_html(_ANCHOR.sub("", post.html), url)
    if post.cover_src:
        cover = f'<img src="{escape(site_url(post.cover_src))}" alt="{escape(post.cover_text)}">'
        html = f"<p>{cover}</p>\n{html}"
    feed.add_item(
        title=clean(post.title),
        link=url,
        description=clean(post.description),
        content=clean(html),
        authors=[
            {"name": clean(author.name), "url": site_url(f"/@{author.username}")}
            for author in post.authors
        ],
        unique_id=f"urn:uuid:{post.id}",
        unique_id_is_permalink=False,
        pubdate=post.date,
        updateddate=changed_at(post),
        categories=[clean(tag.name) for tag in post.tags],
        language=post.language,
        image=site_url(post.cover_src),
    )


def _with_markup(item: dict[str, Any]) -> dict[str, Any]:
    """Return `item` with its description as HTML, as feed readers expect in RSS and Atom."""
    return {**item, "description": escape(item["description"])}


class Entries(SyndicationFeed):
    """A feed whose serialized items are cached, so that each item is serialized once."""

    form: ClassVar[str]
    entries: Sequence[PostDetail] = ()

    def serialized(self) -> Iterator[str]:
        """Yield the serialized items."""
        for item in self.entries:
            serialize = _serialize if len(item.html) < _LONG else _serialize.__wrapped__
            yield serialize(self.form, item)

    def write_items(self, handler: SimplerXMLGenerator) -> None:
        """Write the items."""
        for entry in self.serialized():
            handler.ignorableWhitespace(entry)  # writes text without escaping it

    def entry(self) -> str:
        """Serialize the only item of the feed."""
        out = io.StringIO()
        handler = SimplerXMLGenerator(out, "utf-8", short_empty_elements=True)
        super().write_items(handler)  # type: ignore[misc] # the next class in the MRO has it
        return out.getvalue()


@lru_cache(maxsize=64)
def _serialize(form: str, item: PostDetail) -> str:
    feed = KINDS[form]("", "", "")
    add(feed, item)
    return str(feed.entry())


class Rss(Entries, Rss201rev2Feed):
    """RSS 2.0 with the text in `content:encoded` and every author in `dc:creator`."""

    form = "rss"
    content_type = "application/rss+xml; charset=utf-8"

    def rss_attributes(self) -> dict[str, str]:
        """Add the namespaces of the modules `content` and `dc`."""
        return {
            **super().rss_attributes(),
            "xmlns:content": "http://purl.org/rss/1.0/modules/content/",
            "xmlns:dc": "http://purl.org/dc/elements/1.1/",
        }

    def add_root_elements(self, handler: SimplerXMLGenerator) -> None:
        """Add the generator."""
        super().add_root_elements(handler)
        handler.addQuickElement("generator", "Broadsheet")

    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict[str, Any]) -> None:
        """Add the authors and the full text."""
        super().add_item_elements(handler, _with_markup(item))
        for author in item["authors"]:
            handler.addQuickElement("dc:creator", author["name"])
        handler.addQuickElement("content:encoded", item["content"])

    def latest_post_date(self) -> dt.datetime:
        """Return the time of the last change."""
        return cast("dt.datetime", self.feed["updated"])


class Atom(Entries, Atom1Feed):
    """Atom (RFC 4287) with the text and every author."""

    form = "atom"
    content_type = "application/atom+xml; charset=utf-8"

    def add_root_elements(self, handler: SimplerXMLGenerator) -> None:
        """Add the icon and the generator."""
        super().add_root_elements(handler)
        handler.addQuickElement("icon", self.feed["icon"])
        handler.addQuickElement("generator", "Broadsheet")

    def item_attributes(self, item: dict[str, Any]) -> dict[str, str]:
        """Return the attribute with the post's language, if it has one."""
        return {"xml:lang": item["language"]} if item["language"] else {}

    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict[str, Any]) -> None:
        """Add the authors and the full text."""
        super().add_item_elements(handler, _with_markup(item))
        for author in item["authors"]:
            handler.startElement("author", AttributesImpl({}))
            handler.addQuickElement("name", author["name"])
            handler.addQuickElement("uri", author["url"])
            handler.endElement("author")
        handler.addQuickElement("content", item["content"], {"type": "html"})

    def latest_post_date(self) -> dt.datetime:
        """Return the time of the last change."""
        return cast("dt.datetime", self.feed["updated"])


class Json(Entries):
    """JSON Feed 1.1 (jsonfeed.org)."""

    form = "json"
    content_type = "application/feed+json; charset=utf-8"

    def write(self, outfile: IO[Any], encoding: str) -> None:  # noqa: ARG002 - Django's signature
        """Write the feed to `outfile`."""
        feed = {
            "version": "https://jsonfeed.org/version/1.1",
            "title": self.feed["title"],
            "home_page_url": self.feed["link"],
            "feed_url": self.feed["feed_url"],
            "description": self.feed["description"],
            "icon": self.feed["icon"],
            "language": self.feed["language"],
        }
        items = ", ".join(self.serialized())
        outfile.write(f'{json.dumps(feed, ensure_ascii=False)[:-1]}, "items": [{items}]}}')

    def entry(self) -> str:
        """Serialize the only item of the feed."""
        [item] = self.items
        fields = {
            "id": item["unique_id"],
            "url": item["link"],
            "title": item["title"],
            "content_html": item["content"],
            "summary": item["description"],
            "image": item["image"],
            "date_published": rfc3339_date(item["pubdate"]),
            "date_modified": rfc3339_date(item["updateddate"]),
            "authors": item["authors"],
            "tags": list(item["categories"]),
            "language": item["language"],
        }
        non_empty = {key: value for key, value in fields.items() if value or key == "content_html"}
        return json.dumps(non_empty, ensure_ascii=False)


#: Feed generators by the `form` argument of the URL patterns.
KINDS: dict[str, type[Any]] = {"rss": Rss, "atom": Atom, "json": Json}
