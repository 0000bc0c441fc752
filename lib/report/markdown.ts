/** Markdown with formulas -> HTML. Raw HTML stays text, and nothing in it makes the reader's browser fetch anything. */
import katex from "katex";
import MarkdownIt from "markdown-it";
import { escapeHtml } from "./html.ts";

export interface MarkdownOptions {
  /** Added to every heading's level, so that a notebook's title fits under the page's own headings. */
  readonly headingShift?: number;
}

/** Block markdown. Formulas: `$...$`, `$$...$$`, `\begin{align}...\end{align}`. */
export function renderMarkdown(text: string, { headingShift = 0 }: MarkdownOptions = {}): string {
  return markdown.render(text, { headingShift });
}

/** One line of markdown, without a paragraph around it. */
export function renderInline(text: string): string {
  return markdown.renderInline(text, {});
}

/** A formula as static HTML and MathML; what cannot be parsed is shown as it was written. */
function renderMath(tex: string, displayMode: boolean): string {
  const html = katex.renderToString(tex, { displayMode, throwOnError: false, strict: "ignore", trust: false });
  return displayMode ? `<div class="math" tabindex="0" role="group" aria-label="formula">${html}</div>` : html;
}

const markdown = new MarkdownIt({ html: false, linkify: false, typographer: false });

markdown.inline.ruler.before("escape", "math", (state, silent) => {
  const { src, pos } = state;
  if (src[pos] !== "$") return false;
  const fence = src.startsWith("$$", pos) ? "$$" : "$", start = pos + fence.length;
  let end = src.indexOf(fence, start);
  while (end > 0 && src[end - 1] === "\\") end = src.indexOf(fence, end + 1);
  if (end <= start) return false;
  // "$5 and $6" are prices: a formula touches its dollars, no digit follows it, and it does not reach into code
  if (fence === "$" && (/^\s|\s$|`/.test(src.slice(start, end)) || /\d/.test(src[end + 1] ?? ""))) return false;
  if (!silent) {
    const token = state.push("math", "", 0);
    token.content = src.slice(start, end);
    token.meta = { display: fence === "$$" };
  }
  state.pos = end + fence.length;
  return true;
});

const openers = [{ open: /^\$\$/, close: /\$\$\s*$/, keep: false }, {
  open: /^\\begin\{(align|equation|gather)\*?\}/,
  close: /\\end\{\w+\*?\}\s*$/,
  keep: true,
}];

markdown.block.ruler.before("fence", "math_block", (state, first, end, silent) => {
  const line = (i: number) => state.src.slice(state.bMarks[i] + state.tShift[i], state.eMarks[i]);
  const kind = openers.find(({ open }) => open.test(line(first)));
  if (!kind || state.sCount[first] - state.blkIndent >= 4) return false;
  const text = (i: number) => i === first && !kind.keep ? line(i).slice(2) : line(i);
  let last = first;
  while (last < end && !kind.close.test(text(last))) last++;
  if (last === end) return false;
  if (silent) return true;
  const lines = Array.from({ length: last - first + 1 }, (_, i) => text(first + i)).join("\n");
  const token = state.push("math", "", 0);
  token.content = kind.keep ? lines : lines.replace(kind.close, "");
  token.meta = { display: true };
  token.map = [first, last + 1];
  state.line = last + 1;
  return true;
}, { alt: ["paragraph", "blockquote", "list"] });

markdown.renderer.rules.math = (tokens, i) => renderMath(tokens[i].content, tokens[i].meta?.display === true);

/** A picture from elsewhere would be a request: only pictures that are in the text itself are shown. */
markdown.renderer.rules.image = (tokens, i) => {
  const source = String(tokens[i].attrGet("src") ?? ""), alt = escapeHtml(tokens[i].content);
  return /^data:image\/(png|jpeg|gif|webp|svg\+xml);/.test(source)
    ? `<img src="${escapeHtml(source)}" alt="${alt}">`
    : `<span class="absent">[${alt}]</span>`;
};

for (const rule of ["heading_open", "heading_close"]) {
  markdown.renderer.rules[rule] = (tokens, i, options, env, self) => {
    tokens[i].tag = `h${Math.min(6, Number(tokens[i].tag.slice(1)) + Number(env?.headingShift ?? 0))}`;
    return self.renderToken(tokens, i, options);
  };
}

markdown.renderer.rules.table_open = () => `<div class="scroll" tabindex="0" role="group" aria-label="table"><table>`;
markdown.renderer.rules.table_close = () => `</table></div>`;
