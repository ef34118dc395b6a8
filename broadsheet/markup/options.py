"""How the Markdown parser is set: CommonMark, GFM, footnotes, math and heading anchors."""

import comrak

ANCHOR = "heading-"  # as Hashnode has it: links into a page that moved here still arrive

EXTENSIONS = comrak.ExtensionOptions()
EXTENSIONS.alerts = True
EXTENSIONS.autolink = True
EXTENSIONS.cjk_friendly_emphasis = True
EXTENSIONS.footnotes = True
EXTENSIONS.header_id_prefix = ANCHOR
EXTENSIONS.header_id_prefix_in_href = True
EXTENSIONS.math_code = True
EXTENSIONS.math_dollars = True
EXTENSIONS.strikethrough = True
EXTENSIONS.table = True
EXTENSIONS.tasklist = True

PARSING = comrak.ParseOptions()

RENDERING = comrak.RenderOptions()
RENDERING.gfm_quirks = True
RENDERING.unsafe_ = True  # raw HTML comes through here; tags.py and clean.py decide what stays


def to_html(source: str) -> str:
    """Return `source` as HTML that is not safe yet."""
    # The parser takes a link's definition in the last line for text where no newline follows.
    return str(comrak.render_markdown(f"{source}\n", EXTENSIONS, PARSING, RENDERING))
