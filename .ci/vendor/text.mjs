// Texts of the classroom's pages, made of marked and Temml: `markdown`.

import { Marked } from "marked";
import temml from "temml";

const formula = (name, level, opening, whole, displayMode) => ({
  name,
  level,
  start: (source) => source.indexOf(opening),
  tokenizer(source) {
    const found = whole.exec(source);
    return found ? { type: name, raw: found[0], text: found[1].trim() } : undefined;
  },
  renderer: ({ text }) => temml.renderToString(text, { displayMode }),
});

const marked = new Marked({
  extensions: [
    formula("display", "block", "$$", /^\$\$([^$]+)\$\$/, true),
    formula("displayed", "inline", "$$", /^\$\$([^$]+)\$\$/, true),
    formula("inline", "inline", "$", /^\$([^$\n]+(?:\n[^$\n]+)?)\$/, false),
  ],
});

// HTML of a Markdown text, with formulas between $ or $$ as MathML.
window.markdown = (text) => marked.parse(text);
