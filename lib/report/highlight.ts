/** TypeScript -> coloured HTML. Both themes are in the markup; the page's style picks one by the reader's colour scheme. */
import { createHighlighterCore, type HighlighterCore } from "shiki/core";
import { createJavaScriptRegexEngine } from "shiki/engine/javascript";

const themes = { light: "github-light-high-contrast", dark: "github-dark-high-contrast" };

let highlighter: Promise<HighlighterCore> | undefined;

/** Highlights one cell's code. */
export async function highlight(code: string): Promise<string> {
  highlighter ??= createHighlighterCore({
    themes: [import("shiki/themes/github-light-high-contrast.mjs"), import("shiki/themes/github-dark-high-contrast.mjs")],
    langs: [import("shiki/langs/typescript.mjs")],
    engine: createJavaScriptRegexEngine(),
  });
  return (await highlighter).codeToHtml(code, { lang: "typescript", themes });
}
