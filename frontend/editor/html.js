// HTML of a clipboard as Markdown: what the site's Markdown can say, and nothing else.

const BLOCKS = new Set(["ADDRESS", "ARTICLE", "ASIDE", "BLOCKQUOTE", "BODY", "CENTER", "DD", "DETAILS", "DIV", "DL", "DT", "FIGCAPTION", "FIGURE", "FOOTER", "FORM", "H1", "H2", "H3", "H4", "H5", "H6", "HEADER", "HR", "LI", "MAIN", "NAV", "OL", "P", "PRE", "SECTION", "TABLE", "UL"]);
const DROPPED = new Set(["BUTTON", "HEAD", "INPUT", "META", "NOSCRIPT", "SCRIPT", "SELECT", "STYLE", "SVG", "TEMPLATE", "TEXTAREA", "TITLE"]);

/**
 * Return the Markdown of `html`. DOMParser runs no script and loads nothing, but reports styles to
 * the page's Content-Security-Policy: they are set aside before.
 */
export function toMarkdown(html) {
  const unstyled = html
    .replace(/<style[\s>][^]*?<\/style>/gi, "")
    .replace(/<[a-z][^>]*>/gi, (tag) => tag.replace(/\sstyle\s*=/gi, " data-style="));
  const { body } = new DOMParser().parseFromString(unstyled, "text/html");
  return blocks(body).join("\n\n");
}

/** Return the blocks in a node. */
function blocks(node) {
  const result = [];
  let run = [];
  const flush = () => {
    const line = tidy(run.map(inline).join(""));
    if (line) result.push(escapeStart(line));
    run = [];
  };
  for (const child of node.childNodes) {
    if (isBlock(child)) {
      flush();
      result.push(...block(child));
    } else {
      run.push(child);
    }
  }
  flush();
  return result;
}

/** Return whether a node is a block, or only wraps blocks, as the <b> of Google Docs does. */
function isBlock(node) {
  if (node.nodeType !== Node.ELEMENT_NODE) return false;
  return BLOCKS.has(node.tagName) || [...node.children].some(isBlock);
}

function block(element) {
  const { tagName } = element;
  if (DROPPED.has(tagName)) return [];
  const heading = /^H([1-6])$/.exec(tagName);
  if (heading) {
    const title = tidy(inlines(element)).replaceAll("\\\n", " ");
    return title ? [`${"#".repeat(Math.max(2, heading[1]))} ${title}`] : [];
  }
  if (tagName === "HR") return ["***"];
  if (tagName === "PRE") return [fence(element)];
  if (tagName === "BLOCKQUOTE") return [blocks(element).join("\n\n").replace(/^/gm, "> ").replace(/^> $/gm, ">")];
  if (tagName === "UL" || tagName === "OL") return [list(element)].filter(Boolean);
  if (tagName === "TABLE") return table(element);
  return wordList(element) ?? blocks(element);
}

/** Return a paragraph of Word that is an item of a list: Word has no list elements. */
function wordList(element) {
  if (!/^MsoListParagraph/.test(element.className)) return null;
  const content = tidy(inlines(element));
  const number = /^(\d+)[.)]\s+/.exec(content);
  if (number) return [`${number[1]}. ${content.slice(number[0].length)}`];
  return [`- ${content.replace(/^[·•o§-]\s+/, "")}`];
}

function fence(element) {
  const code = element.textContent.replace(/\n$/, "");
  const language = /\b(?:language|lang|highlight-source)-([\w+#-]+)/.exec(`${element.className} ${element.firstElementChild?.className ?? ""}`);
  const longest = Math.max(2, ...[...code.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const mark = "`".repeat(longest + 1);
  return `${mark}${language?.[1] ?? ""}\n${code}\n${mark}`;
}

function list(element) {
  let number = Number(element.getAttribute("start") ?? 1);
  const items = [];
  for (const item of element.children) {
    if (item.tagName === "UL" || item.tagName === "OL") { // Google Docs nests lists in lists
      items.push(list(item).replace(/^/gm, "    "));
      continue;
    }
    const mark = element.tagName === "OL" ? `${number++}. ` : "- ";
    const content = blocks(item);
    const isLoose = content.length > 1 && !/^([-*]|\d+\.) /.test(content[1]);
    const body = content.join(isLoose ? "\n\n" : "\n");
    if (body) items.push(mark + body.replace(/\n(?=.)/g, `\n${" ".repeat(mark.length)}`));
  }
  return items.join("\n");
}

function table(element) {
  const rows = [...element.rows].map((row) => [...row.cells].map((cell) => tidy(inlines(cell)).replaceAll("\\\n", " ").replaceAll("|", "\\|")));
  const width = Math.max(0, ...rows.map((row) => row.length));
  if (width < 2) return [...element.rows].flatMap((row) => [...row.cells].flatMap(blocks)); // a layout, not data
  const line = (cells) => `| ${Array.from({ length: width }, (_, index) => cells[index] ?? "").join(" | ")} |`;
  return [[line(rows[0]), line(Array(width).fill("---")), ...rows.slice(1).map(line)].join("\n")];
}

const inlines = (node) => [...node.childNodes].map(inline).join("");

function inline(node) {
  if (node.nodeType === Node.TEXT_NODE) return escapeText(node.data.replace(/[ \t\r\n]+/g, " "));
  if (node.nodeType !== Node.ELEMENT_NODE || DROPPED.has(node.tagName)) return "";
  const { tagName } = node;
  const style = node.dataset?.style ?? "";
  const weight = /font-weight:\s*(\w+)/i.exec(style)?.[1];
  const slant = /font-style:\s*(\w+)/i.exec(style)?.[1];
  if (tagName === "BR") return "\n";
  if (tagName === "IMG") return image(node);
  if (/mso-list:\s*Ignore/i.test(style)) return `${node.textContent.trim()} `;
  if (["CODE", "KBD", "SAMP", "TT"].includes(tagName)) return codeSpan(node.textContent);
  let content = inlines(node);
  const isPlain = weight === "normal" || weight === "400"; // the <b> around Google Docs
  if (["B", "STRONG"].includes(tagName) ? !isPlain : Number(weight) >= 600 || weight === "bold") content = mark(content, "**");
  if (["I", "EM", "CITE"].includes(tagName) ? slant !== "normal" : slant === "italic") content = mark(content, "*");
  if (["S", "DEL", "STRIKE"].includes(tagName)) content = mark(content, "~~");
  if (tagName === "A") return link(node, content);
  return content;
}

/** Put marks around the text, inside its spaces. */
function mark(content, sign) {
  const [, before, inner, after] = /^(\s*)([^]*?)(\s*)$/.exec(content);
  return inner && !inner.startsWith(sign) ? `${before}${sign}${inner}${sign}${after}` : content;
}

function codeSpan(code) {
  const ticks = code.includes("`") ? "``" : "`";
  const pad = ticks.length > 1 ? " " : "";
  return code.trim() ? ticks + pad + code.replace(/\s+/g, " ") + pad + ticks : code;
}

function link(element, content) {
  const url = element.getAttribute("href") ?? "";
  if (!content.trim() || !/^(https?:|mailto:)/i.test(url)) return content;
  const [, before, inner, after] = /^(\s*)([^]*?)(\s*)$/.exec(content);
  return `${before}[${inner}](${encodeTarget(unwrap(url))})${after}`;
}

/** Return the URL that a link of Google Docs leads to. */
function unwrap(url) {
  const match = /^https:\/\/www\.google\.com\/url\?(?:.*&)?q=([^&]+)/.exec(url);
  return match ? decodeURIComponent(match[1]) : url;
}

const encodeTarget = (url) => url.replace(/[\s()<>]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`);

function image(element) {
  const url = element.getAttribute("src") ?? "";
  return /^https?:/i.test(url) ? `![${escapeText(element.alt)}](${encodeTarget(url)})` : "";
}

const escapeText = (source) => source.replaceAll("\u00a0", " ").replace(/[\\`*_[\]<]/g, (sign, at) => {
  const isWithinWord = sign === "_" && /\w/.test(source[at - 1] ?? "") && /\w/.test(source[at + 1] ?? "");
  return isWithinWord ? sign : `\\${sign}`;
});

/** Escape what would begin a heading, a quote or a list. */
const escapeStart = (line) => line.replace(/^(#{1,6} |>|[-+] )/, "\\$1").replace(/^(\d+)([.)] )/, "$1\\$2");

/** Return a paragraph with single spaces; its line breaks, which are all from <br>, stay. */
const tidy = (content) => content.replace(/ *\n */g, "\n").replace(/ {2,}/g, " ").trim().replaceAll("\n", "\\\n");
