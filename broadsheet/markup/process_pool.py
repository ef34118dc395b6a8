"""Rendering of texts that may take long, in child processes (lib.process_pool)."""

from collections.abc import Mapping, Sequence
from typing import Any

from broadsheet.lib.process_pool.pool import JobError, ProcessPool
from broadsheet.markup.headings import Heading
from broadsheet.markup.limits import TooComplexError
from broadsheet.markup.render import Rendered
from broadsheet.markup.render import render as render_in_this_process

#: Texts up to this many characters and possible headings are rendered in this process: the worst
#: such text takes 0.1 seconds, and a child process would add a good part of that.
_MAX_LENGTH, _MAX_HEADINGS = 16_000, 500

pool = ProcessPool(__name__, processes=1, waiting=16)


def render(source: str, language: str = "") -> Rendered:
    """Return `source`, Markdown, as safe HTML: see render.render.

    Raises TooComplexError and PoolBusyError.
    """
    if _is_small(source):
        return render_in_this_process(source, language)
    try:
        values = pool.run("render", {"source": source, "language": language}).values
    except JobError as error:
        raise TooComplexError("The text takes too long to render. Shorten or split it.") from error
    if (reason := values.get("refusal")) is not None:
        raise TooComplexError(str(reason))
    return Rendered(
        html=str(values["html"]),
        summary=str(values["summary"]),
        headings=tuple(Heading(*heading) for heading in values["headings"]),
        word_count=int(values["word_count"]),
        text=str(values["text"]),
        dropped=tuple(values["dropped"]),
    )


def _is_small(source: str) -> bool:
    if len(source) > _MAX_LENGTH:
        return False
    return source.count("#") + source.count("\n=") + source.count("\n-") <= _MAX_HEADINGS


def _render(
    values: Mapping[str, Any], _blobs: Sequence[bytes]
) -> tuple[Mapping[str, Any], Sequence[bytes]]:
    try:
        rendered = render_in_this_process(values["source"], values["language"])
    except TooComplexError as error:
        return {"refusal": str(error)}, ()
    return {
        "html": rendered.html,
        "summary": rendered.summary,
        "headings": [[h.level, h.id, h.text] for h in rendered.headings],
        "word_count": rendered.word_count,
        "text": rendered.text,
        "dropped": rendered.dropped,
    }, ()


JOBS = {"render": _render}
