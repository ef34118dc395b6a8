"""Providers whose pages can be embedded: from the URL of a page to that of its frame."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qs, quote


@dataclass(frozen=True, slots=True)
class EmbedProvider:
    """A provider: its name and hosts, the paths of its pages, and how to build a frame URL."""

    name: str
    hosts: frozenset[str]
    path: re.Pattern[str]
    frame_url: Callable[[re.Match[str], SplitResult], str]


def _by_pattern(name: str, hosts: str, path: str, frame_url: str) -> EmbedProvider:
    def build(match: re.Match[str], _: SplitResult) -> str:
        return frame_url.format(*match.groups())

    return EmbedProvider(name, frozenset(hosts.split()), re.compile(path), build)


def _by_full_url(name: str, host: str, path: str, frame_url: str) -> EmbedProvider:
    """Return a provider whose frame takes the full URL of the page."""

    def build(_: re.Match[str], page: SplitResult) -> str:
        return frame_url + quote(f"https://{page.netloc}{page.path}", safe="")

    return EmbedProvider(name, frozenset(host.split()), re.compile(path), build)


def _youtube_watch_url(_: re.Match[str], page: SplitResult) -> str:
    video = parse_qs(page.query, max_num_fields=20).get("v", [""])[0]
    return f"{_YOUTUBE}{video}{_youtube_start(page)}" if re.fullmatch(r"[\w-]{6,20}", video) else ""


def _youtube_url(match: re.Match[str], page: SplitResult) -> str:
    return f"{_YOUTUBE}{match[1]}{_youtube_start(page)}"


def _youtube_start(page: SplitResult) -> str:
    """Return the start time of a video: `t=90`, `t=90s` or `start=90`."""
    start = re.search(r"(?:^|&)(?:t|start)=(\d{1,6})s?(?:&|$)", page.query)
    return f"?start={start[1]}" if start else ""


_YOUTUBE = "https://www.youtube-nocookie.com/embed/"
_YOUTUBE_HOSTS = frozenset(
    "youtube.com m.youtube.com music.youtube.com youtube-nocookie.com".split()
)
_NAME = r"[A-Za-z0-9_.-]+"

PROVIDERS = (
    EmbedProvider("YouTube", _YOUTUBE_HOSTS, re.compile(r"/watch/?"), _youtube_watch_url),
    EmbedProvider(
        "YouTube",
        _YOUTUBE_HOSTS,
        re.compile(r"/(?:embed|shorts|live|v)/([\w-]{6,20})/?"),
        _youtube_url,
    ),
    EmbedProvider(
        "YouTube", frozenset(("youtu.be",)), re.compile(r"/([\w-]{6,20})/?"), _youtube_url
    ),
    _by_pattern(
        "Vimeo",
        "vimeo.com player.vimeo.com",
        r"/(?:video/)?(\d+)/?",
        "https://player.vimeo.com/video/{0}?dnt=1",
    ),
    _by_pattern(
        "Spotify",
        "open.spotify.com",
        r"/(?:intl-[a-z]+/)?(?:embed/)?(track|album|playlist|episode|show|artist)/([A-Za-z0-9]+)/?",
        "https://open.spotify.com/embed/{0}/{1}",
    ),
    _by_full_url("SoundCloud", "soundcloud.com", r"/.+", "https://w.soundcloud.com/player/?url="),
    _by_pattern(
        "CodePen",
        "codepen.io",
        rf"/({_NAME})/(?:pen|embed|full|details)/([A-Za-z0-9]+)/?",
        "https://codepen.io/{0}/embed/{1}?default-tab=result",
    ),
    _by_pattern(
        "CodeSandbox",
        "codesandbox.io",
        rf"/(?:s|embed|p/sandbox)/({_NAME})/?",
        "https://codesandbox.io/embed/{0}",
    ),
    _by_pattern(
        "StackBlitz",
        "stackblitz.com",
        rf"/(edit|github)/({_NAME}(?:/{_NAME})*)/?",
        "https://stackblitz.com/{0}/{1}?embed=1",
    ),
    _by_pattern(
        "Loom", "loom.com", r"/(?:share|embed)/([0-9a-f]+)/?", "https://www.loom.com/embed/{0}"
    ),
    _by_full_url(
        "Figma",
        "figma.com",
        r"/(?:file|design|proto|board)/.+",
        "https://www.figma.com/embed?embed_host=broadsheet&url=",
    ),
    _by_pattern(
        "Giphy",
        "giphy.com",
        r"/(?:gifs|embed)/(?:[\w-]*-)?([A-Za-z0-9]+)/?",
        "https://giphy.com/embed/{0}",
    ),
    _by_pattern(
        "Replit", "replit.com", rf"/(@{_NAME}/{_NAME})/?", "https://replit.com/{0}?embed=true"
    ),
    _by_pattern(
        "JSFiddle",
        "jsfiddle.net",
        rf"/((?:{_NAME}/)?[A-Za-z0-9]+)/?(?:embedded/?)?",
        "https://jsfiddle.net/{0}/embedded/",
    ),
    _by_pattern(
        "Dailymotion",
        "dailymotion.com",
        r"/(?:embed/)?video/([A-Za-z0-9]+)/?",
        "https://geo.dailymotion.com/player.html?video={0}",
    ),
    _by_pattern("TED", "ted.com", r"/talks/([a-z0-9_]+)/?", "https://embed.ted.com/talks/{0}"),
)
"""Gists and posts on X are missing because they need a script on our page; they become cards."""

FRAME_URL_PREFIXES = tuple(
    "https://" + prefix
    for prefix in (
        "www.youtube-nocookie.com/embed/ player.vimeo.com/video/ open.spotify.com/embed/"
        " w.soundcloud.com/player/ codepen.io/ codesandbox.io/embed/ stackblitz.com/"
        " www.loom.com/embed/ www.figma.com/embed giphy.com/embed/ replit.com/@ jsfiddle.net/"
        " geo.dailymotion.com/player.html embed.ted.com/talks/"
    ).split()
)
"""Prefixes of all frame URLs; `data-embed` can have no others."""


def find_embed(page: SplitResult) -> tuple[str, str] | None:
    """Return the provider's name and the frame URL for `page`, or None."""
    host = (page.hostname or "").removeprefix("www.")
    for provider in PROVIDERS:
        match = provider.path.fullmatch(page.path) if host in provider.hosts else None
        if match and (frame_url := provider.frame_url(match, page)):
            return provider.name, frame_url
    return None
