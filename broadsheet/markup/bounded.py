"""Rendering whose time nobody knows beforehand, in child processes (lib.process_pool)."""

from collections.abc import Mapping, Sequence
from typing import Any

from broadsheet.lib.process_pool.pool import JobError, ProcessPool
from broadsheet.markup.headings import Heading
from broadsheet.markup.limits import TooComplexError
from broadsheet.markup.render import Rendered
from broadsheet.markup.render import render as render_here

#: Up to how many characters, and signs that may be headings, a text is rendered where it is: the
#: worst such text takes a tenth of a second, of which a child would take a good part by itself.
CHARACTERS, HEADINGS = 16_000, 500

pool = ProcessPool(__name__, processes=1, waiting=16)


def render(source: str, language: str = "") -> Rendered:
    """Return `source`, Markdown, as safe HTML: render.render.

    Raises TooComplexError and PoolBusyError.
    """
    if _is_small(source):
        return render_here(source, language)
    try:
        values = pool.run("render", {"source": source, "language": language}).values
    except JobError as error:
        raise TooComplexError("The text takes too long to render. Shorten or split it.") from error
    if (refusal := values.get("refusal")) is not None:
        raise TooComplexError(str(refusal))
    return Rendered(
        html=str(values["html"]),
        summary=str(values["summary"]),
        headings=tuple(Heading(*heading) for heading in values["headings"]),
        words=int(values["words"]),
        text=str(values["text"]),
        dropped=tuple(values["dropped"]),
    )


def _is_small(source: str) -> bool:
    if len(source) > CHARACTERS:
        return False
    return source.count("#") + source.count("\n=") + source.count("\n-") <= HEADINGS


def _render(
    values: Mapping[str, Any], _blobs: Sequence[bytes]
) -> tuple[Mapping[str, Any], Sequence[bytes]]:
    try:
        rendered = render_here(values["source"], values["language"])
    except TooComplexError as error:
        return {"refusal": str(error)}, ()
    return {
        "html": rendered.html,
        "summary": rendered.summary,
        "headings": [[h.level, h.id, h.text] for h in rendered.headings],
        "words": rendered.words,
        "text": rendered.text,
        "dropped": rendered.dropped,
    }, ()


JOBS = {"render": _render}
