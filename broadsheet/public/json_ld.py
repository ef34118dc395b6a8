"""Structured data for search engines: schema.org as JSON-LD."""

import json
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from broadsheet.lib import languages
from broadsheet.posts.queries import AuthorRef, PostDetail
from broadsheet.public.meta import OgImage, site_url
from broadsheet.publication.queries import SiteConfig

type Thing = dict[str, Any]

#: Characters that could end the `<script>` element, as in Django's json_script.
_ESCAPED = (("<", "\\u003C"), (">", "\\u003E"), ("&", "\\u0026"))


def json_ld(*things: Thing) -> SafeString:
    """Serialize structured data (schema.org) so that it is safe within `<script>`."""
    text = json.dumps({"@context": "https://schema.org", "@graph": things}, ensure_ascii=False)
    for character, escaped in _ESCAPED:
        text = text.replace(character, escaped)
    return mark_safe(text)  # noqa: S308 - escaped in the lines before


def website(site: SiteConfig) -> Thing:
    """Describe the site and its search."""
    return {
        "@type": "WebSite",
        "@id": site_url("/#site"),
        "name": site.name,
        "url": site_url("/"),
        **({"description": site.tagline} if site.tagline else {}),
        "potentialAction": {
            "@type": "SearchAction",
            "target": f"{site_url('/search')}?q={{search_term_string}}",
            "query-input": "required name=search_term_string",
        },
    }


def person(author: AuthorRef) -> Thing:
    """Describe an author."""
    return {
        "@type": "Person",
        "name": author.name,
        "url": site_url(author.get_absolute_url()),
        **({"image": site_url(author.avatar_url)} if author.avatar else {}),
    }


def breadcrumbs(*steps: tuple[str, str]) -> Thing:
    """Describe the breadcrumb trail from the home page: pairs of name and paths."""
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": n, "name": name, "item": site_url(path)}
            for n, (name, path) in enumerate(steps, 1)
        ],
    }


def post_json_ld(post: PostDetail, site: SiteConfig, image: OgImage) -> SafeString:
    """Describe a post and its breadcrumb trail."""
    url = site_url(post.get_absolute_url())
    posting: Thing = {
        "@type": "WebPage" if post.is_page else "BlogPosting",
        "@id": f"{url}#post",
        "headline": post.title[:110],
        "description": post.description,
        "url": url,
        "mainEntityOfPage": url,
        "datePublished": post.date.isoformat(),
        "dateModified": post.updated_at.isoformat(),
        "author": [person(author) for author in post.authors],
        "publisher": {"@type": "Organization", "name": site.name, "url": site_url("/")},
        "image": image.url,
        "wordCount": post.word_count,
        "keywords": [tag.name for tag in post.tags],
        "inLanguage": languages.tag_or_empty(post.language) or site.language,
        "isPartOf": {"@id": site_url("/#site")},
    }
    steps = [(site.name, "/")]
    if post.tags:
        steps.append((post.tags[0].name, f"/tag/{post.tags[0].slug}"))
    non_empty = {key: value for key, value in posting.items() if value not in (None, "", [])}
    return json_ld(non_empty, breadcrumbs(*steps, (post.title, post.get_absolute_url())))
