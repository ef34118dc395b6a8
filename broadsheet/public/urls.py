"""URLs of the public pages. They are stable: see the table in `docs/urls.md`."""

from django.urls import path, register_converter

from broadsheet.public import converters
from broadsheet.public.views import feeds, icons, sitemaps, speculation_rules, theme, user_menu
from broadsheet.public.views.archive import Archive, ArchiveYear
from broadsheet.public.views.lists import AuthorPage, Home, SeriesPage, TagPage
from broadsheet.public.views.og_image import og_image
from broadsheet.public.views.post_detail import PostPage
from broadsheet.public.views.search import Search, suggest
from broadsheet.public.views.shared_preview import SharedPreview

register_converter(converters.SlugConverter, "slug-of-any-script")
register_converter(converters.PostSlugConverter, "post-slug")
register_converter(converters.UsernameConverter, "username")
register_converter(converters.YearConverter, "year")
register_converter(converters.MonthConverter, "month")
register_converter(converters.HexUUIDConverter, "hex")

SLUG = "<slug-of-any-script:slug>"
WHO = "@<username:username>"
RSS, ATOM, JSON = {"form": "rss"}, {"form": "atom"}, {"form": "json"}

app_name = "public"
urlpatterns = [
    path("<post-slug:slug>", PostPage.as_view(), name="post"),
    path("", Home.as_view(), name="home"),
    path("archive", Archive.as_view(), name="archive"),
    path("archive/<year:year>", ArchiveYear.as_view(), name="archive-year"),
    path("search", Search.as_view(), name="search"),
    path("search/suggest", suggest, name="search-suggest"),
    path("rss.xml", feeds.site_feed, RSS, name="rss"),
    path("atom.xml", feeds.site_feed, ATOM, name="atom"),
    path("feed.json", feeds.site_feed, JSON, name="json-feed"),
    path(WHO, AuthorPage.as_view(), name="author"),
    path(f"{WHO}/rss.xml", feeds.author_feed, RSS, name="author-rss"),
    path(f"{WHO}/atom.xml", feeds.author_feed, ATOM, name="author-atom"),
    path(f"{WHO}/feed.json", feeds.author_feed, JSON, name="author-json-feed"),
    path(f"tag/{SLUG}", TagPage.as_view(), name="tag"),
    path(f"tag/{SLUG}/rss.xml", feeds.tag_feed, RSS, name="tag-rss"),
    path(f"tag/{SLUG}/atom.xml", feeds.tag_feed, ATOM, name="tag-atom"),
    path(f"tag/{SLUG}/feed.json", feeds.tag_feed, JSON, name="tag-json-feed"),
    path(f"series/{SLUG}", SeriesPage.as_view(), name="series"),
    path("sitemap.xml", sitemaps.index, name="sitemap"),
    path("sitemap-pages.xml", sitemaps.pages, name="sitemap-pages"),
    path("sitemap-posts.xml", sitemaps.old_posts, name="sitemap-old-posts"),
    path("sitemap-posts-<month:month>.xml", sitemaps.posts, name="sitemap-posts"),
    path("sitemap-authors.xml", sitemaps.more_pages, {"kind": "authors"}, name="sitemap-authors"),
    path("sitemap-tags.xml", sitemaps.more_pages, {"kind": "tags"}, name="sitemap-tags"),
    path("sitemap-series.xml", sitemaps.more_pages, {"kind": "series"}, name="sitemap-series"),
    path("robots.txt", sitemaps.robots, name="robots"),
    path("favicon.ico", icons.favicon_ico, name="favicon"),
    path("favicon.svg", icons.favicon_svg, name="favicon-svg"),
    path("apple-touch-icon.png", icons.apple_touch_icon, name="touch-icon"),
    path("theme.css", theme.theme, name="theme"),
    path("share/<hex:pk>-<int:version>.png", og_image, name="og-image"),
    path("preview/<str:token>", SharedPreview.as_view(), name="shared-preview"),
    path("speculation-rules.json", speculation_rules.rules, name="speculation-rules"),
    path("fragments/reader", user_menu.user_menu, name="user-menu"),
]
