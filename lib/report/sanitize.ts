/** HTML that a cell printed -> HTML that cannot act: a short list of tags and attributes passes, everything else becomes text. */
import { escapeHtml } from "./html.ts";

const tags = new Set(
  ("table thead tbody tfoot tr th td caption p br hr div span b strong i em u s sub sup small code pre kbd samp ul ol li dl dt dd " +
    "h3 h4 h5 h6 blockquote details summary figure figcaption img").split(" "),
);
const empty = new Set(["br", "hr", "img"]);
const attributes = new Set(["colspan", "rowspan", "scope", "alt", "title", "width", "height", "src", "open"]);
const picture = /^data:image\/(png|jpeg|gif|webp|svg\+xml);base64,[A-Za-z0-9+/=]*$/;

const markup =
  /<!--[\s\S]*?-->|<(script|style|iframe|object|template|noscript)\b[\s\S]*?(?:<\/\1\s*>|$)|<(\/?)([a-zA-Z][a-zA-Z0-9]*)((?:"[^"]*"|'[^']*'|[^<>"'])*)>|</gi;

/** Comments, scripts and styles go; unknown tags are shown as text; pictures stay only as base64 data; every tag is closed where it was opened. */
export function sanitizeHtml(html: string): string {
  const open: string[] = [];
  const closeTo = (depth: number): string => open.splice(depth).reverse().map(closing).join("");
  const kept = html.replace(markup, (whole, _dropped, slash: string, name: string, rest: string) => {
    if (name === undefined) return whole === "<" ? "&lt;" : "";
    const tag = name.toLowerCase();
    if (!tags.has(tag)) return escapeHtml(whole);
    if (slash) return open.includes(tag) ? closeTo(open.lastIndexOf(tag)) : "";
    if (!empty.has(tag)) open.push(tag);
    const kept = keptAttributes(rest);
    if (tag === "img") return kept.includes(" src=") ? `<img${kept}${kept.includes(" alt=") ? "" : ' alt="Picture"'}>` : "";
    return opening(tag, kept);
  });
  return kept + closeTo(0);
}

/** A table scrolls in a box of its own, so that it cannot widen the page. */
const box = `<div class="scroll" tabindex="0" role="group" aria-label="table">`;
const opening = (tag: string, attributes: string): string => `${tag === "table" ? box : ""}<${tag}${attributes}>`;
const closing = (tag: string): string => `</${tag}>${tag === "table" ? "</div>" : ""}`;

function keptAttributes(text: string): string {
  return [...text.matchAll(/([a-zA-Z-]+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+))?/g)].map(([, rawName, rawValue = ""]) => {
    const name = rawName.toLowerCase(), value = rawValue.replace(/^["']|["']$/g, "");
    if (!attributes.has(name) || (name === "src" && !picture.test(value))) return "";
    // entities in the value are decoded by the browser already: only what could end the attribute is escaped
    return ` ${name}="${value.replace(/[<>"]/g, escapeHtml)}"`;
  }).join("");
}
