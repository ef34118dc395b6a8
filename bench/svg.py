"""SVG drawings for light and dark backgrounds."""

from collections.abc import Iterable, Sequence
from html import escape
from itertools import pairwise

STYLE = """
text { font: 13px system-ui, sans-serif; fill: #1a1917; }
.quiet { fill: #6b675f; } .small { font-size: 11px; } .end { text-anchor: end; }
.title { font-weight: 600; font-size: 15px; } .middle { text-anchor: middle; }
.rule { stroke: #d9d5cc; stroke-width: 1; } .mark { stroke: #6b675f; stroke-dasharray: 3 3; }
.a { fill: #8c2f1b; stroke: #8c2f1b; } .b { fill: #c98a5e; stroke: #c98a5e; }
.c { fill: #3c6e71; stroke: #3c6e71; } .d { fill: #8a8578; stroke: #8a8578; }
.e { fill: #5b5f97; stroke: #5b5f97; } .f { fill: #6a994e; stroke: #6a994e; }
.line { fill: none; stroke-width: 2; } .bar { stroke: none; }
@media (prefers-color-scheme: dark) {
text { fill: #e9e5dc; } .quiet { fill: #a29d92; } .rule { stroke: #3a3833; }
.mark { stroke: #a29d92; } .a { fill: #e08a6d; stroke: #e08a6d; }
.b { fill: #b9774c; stroke: #b9774c; } .c { fill: #6fb1b5; stroke: #6fb1b5; }
.d { fill: #8f8a7e; stroke: #8f8a7e; } .e { fill: #9a9edb; stroke: #9a9edb; }
.f { fill: #9bc77f; stroke: #9bc77f; } .line { fill: none; } }
"""
#: CSS classes of the colours, in the order of their use.
COLOURS = "acefbd"


def drawing(width: float, height: float, title: str, parts: Iterable[str]) -> str:
    """Return an SVG document; screen readers read `title`."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}"'
        f' width="{width:g}" height="{height:g}" role="img">\n<title>{escape(title)}</title>\n'
        f"<style>{STYLE}</style>\n" + "\n".join(parts) + "\n</svg>\n"
    )


def text(x: float, y: float, words: str, kind: str = "") -> str:
    """Return a line of text that begins (with class `end`: ends) at x."""
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}">{escape(words)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, kind: str = "rule") -> str:
    """Return a straight line."""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{kind}"/>'


def bar(x: float, y: float, width: float, height: float, colour: str) -> str:
    """Return a bar."""
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0.5):.1f}" height="{height:g}"'
        f' class="bar {colour}"/>'
    )


def path(points: Sequence[tuple[float, float]], colour: str) -> list[str]:
    """Return a line through points, with a dot on each."""
    joined = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dots = [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" class="{colour}"/>' for x, y in points]
    return [f'<polyline points="{joined}" class="{colour} line"/>', *dots]


def apart(positions: Sequence[float], least: float) -> list[float]:
    """Return y positions, moved down where they are closer than `least` to the one above."""
    moved = list(positions)
    order = sorted(range(len(positions)), key=lambda n: positions[n])
    for above, below in pairwise(order):
        moved[below] = max(moved[below], moved[above] + least)
    return moved
