"""Each construct of docs/markup.md, and its HTML."""

import re
from urllib.parse import unquote

import pytest

from broadsheet.markup import Heading, render


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("*a* **b** ~~c~~ `d`", "<p><em>a</em> <strong>b</strong> <del>c</del> <code>d</code></p>"),
        ("a  \nb\\\nc", "<p>a<br>\nb<br>\nc</p>"),
        ("> a\n> b", "<blockquote>\n<p>a\nb</p>\n</blockquote>"),
        ("- a\n- b\n\n  c", "<ul>\n<li>\n<p>a</p>\n</li>\n<li>\n<p>b</p>\n<p>c</p>\n</li>\n</ul>"),
        ("3. a\n4. b", '<ol start="3">\n<li>a</li>\n<li>b</li>\n</ol>'),
        ("***", "<hr>"),
        ("[a](/b 'c')", '<p><a href="/b" title="c">a</a></p>'),
        ("[a]\n\n[a]: /b", '<p><a href="/b">a</a></p>'),
        ("<http://a.bc?d=e&f>", '<p><a href="http://a.bc?d=e&amp;f" rel="noopener">http://a.bc?d=e&amp;f</a></p>'),
        ("\\*a\\* &copy; &#x41;", "<p>*a* © A</p>"),
        ("`&amp; <b>`", "<p><code>&amp;amp; &lt;b&gt;</code></p>"),
        ("*a*b* **c*", "<p><em>a</em>b* *<em>c</em></p>"),
        ("a\u00a0b\u200bc\u200d", "<p>a&nbsp;b\u200bc\u200d</p>"),
    ],
)  # fmt: skip
def test_plain_constructs_follow_commonmark(source: str, html: str) -> None:
    assert render(source).html.strip() == html


def test_headings_have_anchors_and_form_the_table_of_contents() -> None:
    rendered = render("## One *two*\n\n### One two\n\nText\n-")
    assert rendered.headings == (
        Heading(2, "heading-one-two", "One two"),
        Heading(3, "heading-one-two-1", "One two"),
        Heading(2, "heading-text", "Text"),
    )
    anchor = '<a class="anchor" href="#heading-one-two" aria-label="# One two"></a>'
    assert f'<h2 id="heading-one-two">One <em>two</em>{anchor}</h2>' in rendered.html


def test_fragment_links_point_to_headings() -> None:
    html = render("[a](#one) [b](#heading-one)\n\n# One").html
    assert html.count('href="#heading-one"') == 3


def test_footnotes_link_to_and_from_the_text() -> None:
    html = render("A[^n].\n\n[^n]: Note.").html
    assert '<sup class="footnote-ref"><a href="#fn-n" id="fnref-n">1</a></sup>' in html
    assert '<section class="footnotes">' in html
    assert '<li id="fn-n">' in html


def test_tables_can_scroll_and_are_aligned_by_classes() -> None:
    html = render("| a | b |\n|:-:|--:|\n| 1 | 2 |").html
    assert html.startswith('<div class="table" tabindex="0"><table>')
    assert '<th class="is-center">a</th>' in html
    assert '<td class="is-right">2</td>' in html


def test_task_lists_become_symbols() -> None:
    html = render("- [ ] a\n- [x] b").html
    assert '<li><span class="task">☐</span> a</li>' in html
    assert '<li><span class="task is-done">☑</span> b</li>' in html


def test_code_with_a_language_is_highlighted_by_classes() -> None:
    html = render('```python title="x"\ndef f(): return "<b>"\n```').html
    assert html.startswith('<figure class="code" data-lang="python"><pre tabindex="0"><code>')
    assert '<span class="k">def</span>' in html
    assert "&lt;b&gt;" in html
    assert "style" not in html


@pytest.mark.parametrize("fence", ["```", "```nosuchlanguage", "```text", "~~~"])
def test_code_without_a_known_language_is_not_highlighted(fence: str) -> None:
    assert (
        "<code>x = 1 &lt; &amp;amp;\n</code>" in render(f"{fence}\nx = 1 < &amp;\n{fence[:3]}").html
    )


def test_mermaid_keeps_its_source() -> None:
    html = render("```mermaid\ngraph TD; A-->B\n```").html
    assert html == '<pre class="mermaid"><code>graph TD; A--&gt;B\n</code></pre>\n'


@pytest.mark.parametrize("source", ["$a^2$", "$$\na^2\n$$", "```math\na^2\n```", "$`a^2`$"])
def test_math_becomes_mathml(source: str) -> None:
    html = render(source).html
    assert "<msup><mi>a</mi><mn>2</mn></msup></math>" in html
    assert ('display="block"' in html) == (source[:2] != "$a" and source[:2] != "$`")


@pytest.mark.parametrize(
    "latex", ["\\nosuch", "{" * 51 + "}" * 51, "x" * 2001, "\\newcommand{\\a}{\\a}\\a"]
)
def test_invalid_math_shows_its_source(latex: str) -> None:
    assert f'<code class="math-error">${latex}$</code>' in render(f"${latex}$").html


def test_prices_are_not_math() -> None:
    assert "<math" not in render("From $5 to $10, or $5/$10.").html


def test_an_image_in_its_own_paragraph_is_a_figure_with_its_title_as_caption() -> None:
    html = render('![Alt "x"](https://a.example/b.png "The *title*")').html.strip()
    assert html == (
        '<figure class="image"><img src="https://a.example/b.png" alt="Alt &quot;x&quot;"'
        ' loading="lazy" decoding="async" referrerpolicy="no-referrer">'
        "<figcaption>The *title*</figcaption></figure>"
    )


def test_an_image_within_text_is_inline() -> None:
    assert render("a ![b](c.png)").html.startswith('<p>a <img src="c.png" alt="b"')


def test_hashnode_image_attributes_become_an_alignment() -> None:
    html = render('![a](https://b.example/c_d_e.png align="center" width="70%")').html
    assert '<figure class="image is-center"><img src="https://b.example/c_d_e.png"' in html
    assert "70%" not in html


def test_images_of_this_site_have_several_sizes_and_formats() -> None:
    url = f"/media/ab/{'ab' * 32}/1200x800.jpg"
    html = render(f"![a]({url})").html
    assert '<picture><source type="image/avif" srcset="/media/ab/' in html
    assert "480.avif 480w" in html
    assert f'src="{url}" alt="a" width="1200" height="800" loading="lazy"' in html
    assert "referrerpolicy" not in html


def test_images_of_this_site_show_their_mean_colour_while_they_load() -> None:
    url = f"/media/ab/{'ab' * 32}/1200x800-a3b.jpg"
    assert 'class="tone r-a g-3 b-b"' in render(f"One ![a]({url}) in a line").html
    html = render(f'![a]({url} align="left")').html
    assert '<figure class="image is-left"><picture>' in html
    assert 'class="tone r-a g-3 b-b"' in html


@pytest.mark.parametrize(
    ("url", "provider", "frame"),
    [
        ("https://www.youtube.com/watch?v=dQw4_9-gXcQ&t=90s", "YouTube", "https://www.youtube-nocookie.com/embed/dQw4_9-gXcQ?start=90"),
        ("https://youtu.be/dQw4w9WgXcQ", "YouTube", "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ"),
        ("https://vimeo.com/12345", "Vimeo", "https://player.vimeo.com/video/12345?dnt=1"),
        ("https://open.spotify.com/track/abc123?si=x", "Spotify", "https://open.spotify.com/embed/track/abc123"),
        ("https://soundcloud.com/a/b", "SoundCloud", "https://w.soundcloud.com/player/?url=https%3A%2F%2Fsoundcloud.com%2Fa%2Fb"),
        ("https://codepen.io/a/pen/bCd", "CodePen", "https://codepen.io/a/embed/bCd?default-tab=result"),
        ("https://codesandbox.io/s/my-box-1", "CodeSandbox", "https://codesandbox.io/embed/my-box-1"),
        ("https://stackblitz.com/edit/x-y", "StackBlitz", "https://stackblitz.com/edit/x-y?embed=1"),
        ("https://www.loom.com/share/0af9", "Loom", "https://www.loom.com/embed/0af9"),
        ("https://giphy.com/gifs/cat-abc123", "Giphy", "https://giphy.com/embed/abc123"),
    ],
)  # fmt: skip
def test_embeds_of_known_providers_contain_no_iframe_before_a_click(
    url: str, provider: str, frame: str
) -> None:
    html = render(f"Before\n\n%[{url}]\n\nAfter").html
    assert f'<figure class="embed" data-embed="{frame}" data-provider="{provider}">' in html
    assert f'<a href="{url.replace("&", "&amp;")}" rel="noopener">' in html
    assert "<iframe" not in html


@pytest.mark.parametrize(
    "url", ["https://a.example/b_c_d", "https://gist.github.com/a/b", "https://x.com/a/status/1"]
)
def test_embeds_of_other_sites_become_link_cards(url: str) -> None:
    html = render(f"text\n%[{url}]\nmore").html
    assert f'<p class="link"><a class="link-card" href="{url}" rel="noopener">' in html
    assert "<p>text\n</p>" in html
    assert "data-embed" not in html


@pytest.mark.parametrize(
    "text", ["%[javascript:alert(1)]", "%[no address]", "%[https://]", "%[http://[]"]
)
def test_an_embed_without_a_valid_url_is_text(text: str) -> None:
    assert render(text).html == f"<p>{text}</p>\n"


def test_widgets_become_a_placeholder() -> None:
    assert (
        render("%%[my-widget]").html
        == '<p class="widget" data-widget="my-widget">%%[my-widget]</p>'
    )


@pytest.mark.parametrize("form", ["```\n{}\n```", "```python\n{}\n```", "~~~ nosuch\n{}\n~~~"])
def test_hashnode_syntax_in_code_is_unchanged(form: str) -> None:
    source = '%[https://youtu.be/abcdefgh]\n%%[w]\n![a](b.png align="center")\n@[a](user:b)'
    rendered = render(form.format(source))
    assert rendered.text == source.replace("\n", " ")
    assert '<figure class="embed' not in rendered.html


def test_mentions_become_names() -> None:
    assert render("Thanks @[Ada *L*](user:abc)!").html == "<p>Thanks @Ada *L*!</p>\n"


@pytest.mark.parametrize("kind", ["note", "tip", "important", "warning", "caution"])
def test_alerts_become_callouts(kind: str) -> None:
    html = render(f"> [!{kind.upper()}]\n> **Body**").html
    assert f'<aside class="callout is-{kind}">\n<p class="callout-title">{kind.title()}</p>' in html
    assert "<strong>Body</strong></p>\n</aside>" in html


def test_hashnode_callouts_become_callouts() -> None:
    html = render(
        '<div data-node-type="callout">\n<div data-node-type="callout-emoji">💡</div>\n'
        '<div data-node-type="callout-text">A <strong>b</strong></div>\n</div>\n\nAfter'
    ).html
    assert html == (
        '<aside class="callout is-note">\n<div class="callout-emoji">💡</div>\n'
        '<div class="callout-text">A <strong>b</strong></div>\n</aside>\n<p>After</p>\n'
    )


def test_harmless_html_is_kept() -> None:
    source = "<details open>\n<summary>a</summary>\n\n*b*\n\n</details>\n"
    assert (
        render(source).html
        == '<details open="">\n<summary>a</summary>\n<p><em>b</em></p>\n</details>\n'
    )
    for name in ("mark", "kbd", "sub", "sup", "abbr", "u", "small"):
        assert f"<{name}>x</{name}>" in render(f"<{name}>x</{name}>").html


def test_centred_html_is_centred_by_a_class() -> None:
    assert '<div class="is-center">' in render("<center>a</center>").html
    assert '<p class="is-center">' in render('<p align="center">a</p>').html
    assert '<p class="is-right">' in render('<p style="text-align: right">a</p>').html


def test_unknown_elements_are_shown_as_text() -> None:
    assert render("A List<String> of </T>").html == "<p>A List&lt;String&gt; of &lt;/T&gt;</p>\n"


def test_removed_markup_is_listed() -> None:
    rendered = render(
        "<script>a</script>\n\n<iframe src='https://a.example/x'></iframe>\n\n"
        "<b style='x' onclick=y>c</b>"
        " <b style='x'>d</b> [e](javascript:f) <!-- comment -->"
    )
    assert rendered.dropped == (
        "<script>", "<iframe> from a.example", "style attribute, 2 times", "onclick attribute",
        "link with javascript:",
    )  # fmt: skip
    assert render("# Plain\n\n```html\n<script>\n```").dropped == ()


def test_headings_begin_at_level_two() -> None:
    html = render("# One\n\n## Two\n\n<h1>Raw</h1>\n\n###### Six").html
    assert "<h1" not in html
    assert '<h2 id="heading-one">' in html
    assert '<h3 id="heading-two">' in html
    assert "<h2>Raw</h2>" in html
    assert '<h6 id="heading-six">' in html
    assert "<h2" not in render("### Three").html


@pytest.mark.parametrize("anchor", ['<a id="install"></a>', '<a name="install"></a>'])
def test_an_explicit_anchor_and_the_heading_below_it_are_both_link_targets(anchor: str) -> None:
    rendered = render(f"{anchor}\n\n## Install\n\n[a](#install)")
    assert '<a id="heading-install"></a>' in rendered.html
    assert '<h2 id="heading-install-1">Install<a class="anchor"' in rendered.html
    assert '<a href="#heading-install">a</a>' in rendered.html
    assert rendered.headings == (Heading(2, "heading-install-1", "Install"),)
    assert "Link to heading" not in rendered.html


def test_a_link_definition_in_the_last_line_needs_no_newline() -> None:
    assert render("[x]\n\n[x]: <http://e.x/u>").html == (
        '<p><a href="http://e.x/u" rel="noopener">x</a></p>\n'
    )


@pytest.mark.parametrize(
    "text",
    [
        "$HOME/bin:$PATH",
        "$AAPL/$MSFT",
        "${HOME}/bin:${PATH}",
        "$1.50/$2.00 and A$AP",
        "R$\u00a040 today, and R$\u00a02 a month",
        "It is $\u202f5 or 5\u202f$",
        "Between $$6 and $$200 we go",
        "**Price:**$5 and *more*:$6",
        "US$5 in $NZ",
        "http://a.example/$b/$c",
        "`` $AAPL/$MSFT\n> ``",
        "`$a` costs $5, `$b`$6 and \u20ac7",
        "$(pwd)/$(ls) and $(a)$(b) and $(a):$(b):$HOME",
        "$HOME/$(ls) and $USER-$(date) and X=$A,$(id)",
    ],
)
def test_dollar_signs_of_prices_and_variables_are_text(text: str) -> None:
    rendered = render(text)
    assert "<math" not in rendered.html
    assert rendered.text == re.sub(r"\*|(?<!`)`(?!`)|\n>", "", text)


@pytest.mark.parametrize(
    ("text", "formulas"),
    [
        ("$a$, ($b$)-$c$.", 3),
        ("`$HOME` and ($a$)", 1),
        ("Costs $5, where $x$ is $y$", 2),
        ("\u8bbe$x$\u4e3a$$y$$\u3002", 2),
        ("$$\nx\n$$ and $`z`$", 2),
        ("```\necho $x\n```\nthen ($a$)", 1),
        ("$\\$5$", 1),
        ("$(a)$ and $(x+y)$, $f$(x) and $f^-$(x)", 4),
        ("$(pwd)/$(ls) and $x$", 1),
    ],
)
def test_formulas_next_to_other_dollar_signs_are_formulas(text: str, formulas: int) -> None:
    assert render(text).html.count("<math") == formulas


def test_footnote_labels_are_case_insensitive() -> None:
    html = render("a[^A] b[^a]\n\n[^A]: first\n\n[^a]: second").html
    assert html.count("<li id=") == 1
    assert "first" in html
    assert "second" not in html
    assert html.count('href="#fn-a"') == 2
    assert '<li id="fn-a">' in html


def test_the_first_definition_of_a_footnote_is_used_and_links_back() -> None:
    html = render("A[^a] B[^n] C[^n].\n\n[^n]: One.\n\n[^a]: Else.\n\n[^n]: Two.").html
    assert "Two." not in html
    assert html.count("<li") == 2
    assert html.index("Else.") < html.index("One. ")
    assert html.count('href="#fnref-n"') == html.count('href="#fnref-n-2"') == 1
    assert 'aria-label="Back to reference 2-2"' in html


@pytest.mark.parametrize(
    ("source", "url"),
    [
        ("See https://h.example/@[ada](user:1) there", "https://h.example/@%5Bada%5D(user:1)"),
        ("[x](https://h.example/@[ada](user:1))", "https://h.example/@%5Bada%5D(user:1)"),
        ("[x](/@[ada](user:1))", "/@%5Bada%5D(user:1)"),
        ("[x](</a b/@[ada](user:1)>)", "/a%20b/@%5Bada%5D(user:1)"),
        ("<https://h.example/@[ada](user:1)>", "https://h.example/@%5Bada%5D(user:1)"),
        ("[x]\n\n[x]: /@[ada](user:1)", "/@%5Bada%5D(user:1)"),
        ("![x](https://h.example/@[ada](user:1).png)", "https://h.example/@%5Bada%5D(user:1).png"),
        ("<a href='https://h.example/@[ada](user:1)'>x</a>", "https://h.example/@[ada](user:1)"),
        ("[x](\n%[https://youtu.be/abcdefgh]\n)", "%25%5Bhttps://youtu.be/abcdefgh%5D"),
        ("[x]\n\n[x]:\n%[https://youtu.be/abcdefgh]", "%25%5Bhttps://youtu.be/abcdefgh%5D"),
        ('<a href="\n%[https://youtu.be/abcdefgh]\n">x</a>', "%[https://youtu.be/abcdefgh]"),
    ],
)
def test_hashnode_syntax_in_a_url_is_part_of_the_url(source: str, url: str) -> None:
    html = render(source).html
    urls = [value.strip() for value in re.findall(r'(?:href|src)="([^"]*)"', html)]
    assert urls == [url]
    assert '<figure class="embed' not in html


def test_mentions_next_to_links_are_mentions() -> None:
    source = (
        "[a](https://a.example)@[Ada](user:b), (https://a.example) @[Bea](user:b),"
        " [by @[Cy](user:c)](/d)/@[Di](user:d), List<T>@[Ed](user:e)[^1]\n\n[^1]: @[Flo](user:f)"
    )
    text = render(source).text
    for name in ("Ada", "Bea", "Cy", "Di", "Ed", "Flo"):
        assert f"@{name}" in text
    assert "user:" not in text


def test_a_link_can_target_an_anchor_with_spaces() -> None:
    html = render('<a name="a b">x</a> [y](<#a b>) [z](#a%20b)').html
    [anchor] = re.findall(r'<a id="([^"]*)">', html)
    assert [unquote(url) for url in re.findall(r'href="#([^"]*)"', html)] == [anchor, anchor]


def test_a_url_in_angle_brackets_can_have_spaces_and_hashnode_attributes() -> None:
    html = render("[x](</a b.html>)\n\n![y](</c d.png> align=\"left\")\n\n![z](<e f.png> 'g')").html
    assert '<a href="/a%20b.html">x</a>' in html
    assert '<figure class="image is-left"><img src="/c%20d.png" alt="y"' in html
    assert '<img src="e%20f.png" alt="z"' in html
    assert "<figcaption>g</figcaption>" in html


def test_single_and_double_quotes_of_attributes_are_equivalent() -> None:
    double = """<img src="/a.png" alt="it's" title="b c" align="right">"""
    single = "<img src='/a.png' alt='it&#39;s' title='b c' align='right'>"
    assert render(single).html.replace("&#39;", "'") == render(double).html


def test_mentions_in_code_are_unchanged_and_in_headings_become_names() -> None:
    assert render("`@[Ada](user:x)`").html == "<p><code>@[Ada](user:x)</code></p>\n"
    rendered = render("## Hi @[Ada](user:x) *there*")
    assert rendered.headings == (Heading(2, "heading-hi-ada-there", "Hi @Ada there"),)
    assert '>Hi @Ada <em>there</em><a class="anchor"' in rendered.html
    assert 'aria-label="# Hi @Ada there"' in rendered.html
    assert "| @A\\|b" not in render("| a |\n|-|\n| @[A|b](user:c) |").html


@pytest.mark.parametrize(
    "source",
    ['![]( align="center")', "![x]()", "![x](<>)", "![x](data:image/png;base64,aaaa)", "<img>"],
)
def test_an_image_without_a_valid_url_is_removed_and_listed(source: str) -> None:
    rendered = render(f"Before\n\n{source}\n\nAfter")
    assert "<img" not in rendered.html
    [dropped] = rendered.dropped
    assert dropped in {"image without a URL", "image with data:"}


def test_placeholders_in_angle_brackets_are_shown_as_text() -> None:
    rendered = render("ssh <user-name>@<ip-address>")
    assert rendered.html == "<p>ssh &lt;user-name&gt;@&lt;ip-address&gt;</p>\n"
    assert rendered.dropped == ()


@pytest.mark.parametrize(
    ("language", "title", "back"),
    [
        ("", "Note", "Back to reference 1"),
        ("en-GB", "Note", "Back to reference 1"),
        ("de", "Hinweis", "Zur\u00fcck zur Stelle 1"),
        ("fr-CA", "Remarque", "Retour \u00e0 l\u2019appel 1"),
        ("es", "Nota", "Volver a la referencia 1"),
        ("tlh", "\u2139", "\u21a9 1"),
    ],
)
def test_labels_are_in_the_language_of_the_text(language: str, title: str, back: str) -> None:
    html = render("> [!NOTE]\n> a[^1]\n\n[^1]: b", language).html
    assert f'<p class="callout-title">{title}</p>' in html
    assert f'aria-label="{back}"' in html
    own = render("> [!NOTE] Own\n> a", language).html
    assert '<p class="callout-title">Own</p>' in own


def test_emphasis_works_next_to_cjk_punctuation() -> None:
    html = render("\u3053\u308c\u306f**\u300c\u8981\u70b9\u300d**\u3067\u3059\u3002").html
    assert "<strong>\u300c\u8981\u70b9\u300d</strong>" in html
