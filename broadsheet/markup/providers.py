"""Providers whose pages can be shown in a frame: a page's address to its frame's."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qs, quote


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider: its name, its hosts and what it makes of an address's path."""

    name: str
    hosts: frozenset[str]
    path: re.Pattern[str]
    frame: Callable[[re.Match[str], SplitResult], str]


def _provider(name: str, hosts: str, path: str, frame: str) -> Provider:
    def build(match: re.Match[str], _: SplitResult) -> str:
        return frame.format(*match.groups())

    return Provider(name, frozenset(hosts.split()), re.compile(path), build)


def _whole(name: str, host: str, path: str, frame: str) -> Provider:
    """Return a provider whose frame takes the page's whole address."""

    def build(_: re.Match[str], page: SplitResult) -> str:
        return frame + quote(f"https://{page.netloc}{page.path}", safe="")

    return Provider(name, frozenset(host.split()), re.compile(path), build)


def _watched(_: re.Match[str], page: SplitResult) -> str:
    video = parse_qs(page.query, max_num_fields=20).get("v", [""])[0]
    return f"{_YOUTUBE}{video}{_start(page)}" if re.fullmatch(r"[\w-]{6,20}", video) else ""


def _short(match: re.Match[str], page: SplitResult) -> str:
    return f"{_YOUTUBE}{match[1]}{_start(page)}"


def _start(page: SplitResult) -> str:
    """Return where a video begins: `t=90`, `t=90s` or `start=90`."""
    found = re.search(r"(?:^|&)(?:t|start)=(\d{1,6})s?(?:&|$)", page.query)
    return f"?start={found[1]}" if found else ""


_YOUTUBE = "https://www.youtube-nocookie.com/embed/"
_YOUTUBE_HOSTS = frozenset(
    "youtube.com m.youtube.com music.youtube.com youtube-nocookie.com".split()
)
_NAME = r"[A-Za-z0-9_.-]+"

PROVIDERS = (
    Provider("YouTube", _YOUTUBE_HOSTS, re.compile(r"/watch/?"), _watched),
    Provider(
        "YouTube", _YOUTUBE_HOSTS, re.compile(r"/(?:embed|shorts|live|v)/([\w-]{6,20})/?"), _short
    ),
    Provider("YouTube", frozenset(("youtu.be",)), re.compile(r"/([\w-]{6,20})/?"), _short),
    _provider(
        "Vimeo",
        "vimeo.com player.vimeo.com",
        r"/(?:video/)?(\d+)/?",
        "https://player.vimeo.com/video/{0}?dnt=1",
    ),
    _provider(
        "Spotify",
        "open.spotify.com",
        r"/(?:intl-[a-z]+/)?(?:embed/)?(track|album|playlist|episode|show|artist)/([A-Za-z0-9]+)/?",
        "https://open.spotify.com/embed/{0}/{1}",
    ),
    _whole("SoundCloud", "soundcloud.com", r"/.+", "https://w.soundcloud.com/player/?url="),
    _provider(
        "CodePen",
        "codepen.io",
        rf"/({_NAME})/(?:pen|embed|full|details)/([A-Za-z0-9]+)/?",
        "https://codepen.io/{0}/embed/{1}?default-tab=result",
    ),
    _provider(
        "CodeSandbox",
        "codesandbox.io",
        rf"/(?:s|embed|p/sandbox)/({_NAME})/?",
        "https://codesandbox.io/embed/{0}",
    ),
    _provider(
        "StackBlitz",
        "stackblitz.com",
        rf"/(edit|github)/({_NAME}(?:/{_NAME})*)/?",
        "https://stackblitz.com/{0}/{1}?embed=1",
    ),
    _provider(
        "Loom", "loom.com", r"/(?:share|embed)/([0-9a-f]+)/?", "https://www.loom.com/embed/{0}"
    ),
    _whole(
        "Figma",
        "figma.com",
        r"/(?:file|design|proto|board)/.+",
        "https://www.figma.com/embed?embed_host=broadsheet&url=",
    ),
    _provider(
        "Giphy",
        "giphy.com",
        r"/(?:gifs|embed)/(?:[\w-]*-)?([A-Za-z0-9]+)/?",
        "https://giphy.com/embed/{0}",
    ),
    _provider(
        "Replit", "replit.com", rf"/(@{_NAME}/{_NAME})/?", "https://replit.com/{0}?embed=true"
    ),
    _provider(
        "JSFiddle",
        "jsfiddle.net",
        rf"/((?:{_NAME}/)?[A-Za-z0-9]+)/?(?:embedded/?)?",
        "https://jsfiddle.net/{0}/embedded/",
    ),
    _provider(
        "Dailymotion",
        "dailymotion.com",
        r"/(?:embed/)?video/([A-Za-z0-9]+)/?",
        "https://geo.dailymotion.com/player.html?video={0}",
    ),
    _provider("TED", "ted.com", r"/talks/([a-z0-9_]+)/?", "https://embed.ted.com/talks/{0}"),
)
"""Gists and tweets are no frames of their own (they want a script here), so they are links."""

FRAMES = tuple(
    "https://" + start
    for start in (
        "www.youtube-nocookie.com/embed/ player.vimeo.com/video/ open.spotify.com/embed/"
        " w.soundcloud.com/player/ codepen.io/ codesandbox.io/embed/ stackblitz.com/"
        " www.loom.com/embed/ www.figma.com/embed giphy.com/embed/ replit.com/@ jsfiddle.net/"
        " geo.dailymotion.com/player.html embed.ted.com/talks/"
    ).split()
)
"""How every frame's address begins; nothing else may stand in `data-embed`."""


def frame_of(page: SplitResult) -> tuple[str, str] | None:
    """Return a provider's name and the frame's address for `page`, or None."""
    host = (page.hostname or "").removeprefix("www.")
    for provider in PROVIDERS:
        match = provider.path.fullmatch(page.path) if host in provider.hosts else None
        if match and (frame := provider.frame(match, page)):
            return provider.name, frame
    return None
