// The texts of the editor in the user's language, as the page gives them.

const element = document.getElementById("editor-texts");

/** Texts by their English original. */
export const texts = element ? JSON.parse(element.textContent) : {};

/** Return a text in the user's language. */
export const text = (english) => texts[english] ?? english;
