"""Configuration of the Markdown parser: CommonMark, GFM, footnotes, math, heading anchors."""

import comrak

HEADING_PREFIX = "heading-"  # as on Hashnode, so that links into imported pages still work

_EXTENSIONS = comrak.ExtensionOptions()
_EXTENSIONS.alerts = True
_EXTENSIONS.autolink = True
_EXTENSIONS.cjk_friendly_emphasis = True
_EXTENSIONS.footnotes = True
_EXTENSIONS.header_id_prefix = HEADING_PREFIX
_EXTENSIONS.header_id_prefix_in_href = True
_EXTENSIONS.math_code = True
_EXTENSIONS.math_dollars = True
_EXTENSIONS.strikethrough = True
_EXTENSIONS.table = True
_EXTENSIONS.tasklist = True

_PARSING = comrak.ParseOptions()

_RENDERING = comrak.RenderOptions()
_RENDERING.gfm_quirks = True
_RENDERING.unsafe_ = True  # raw HTML passes through; tag_normalizer.py and sanitize.py filter it


def to_html(source: str) -> str:
    """Return `source` as HTML that is not safe yet."""
    # Without a final newline the parser treats a link definition in the last line as text.
    return str(comrak.render_markdown(f"{source}\n", _EXTENSIONS, _PARSING, _RENDERING))
