/** What the page carries inside itself: the drawing libraries, the fonts of the formulas, and the charts. */
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import type { Spec } from "../figure/figure.ts";
import { renderSvg } from "../figure/svg.ts";
import { dataUri, escapeHtml, jsonForScript } from "./html.ts";

/** Files of a package, beside the file that its name resolves to. */
const packageFile = (name: string, file: string): URL => new URL(file, import.meta.resolve(name));
const read = (url: URL): string => readFileSync(url, "utf8");
const ownFile = (name: string): string => read(new URL(name, import.meta.url));

/** A chart that is a picture until the page's script has drawn it, and stays one where there is no script. */
export interface Chart {
  readonly id: string;
  readonly alt: string;
  readonly spec: Spec;
}

/** A picture of the chart with the spec beside it. A spec that cannot be drawn here is left to the reader's browser. */
export async function chartHtml({ id, alt, spec }: Chart): Promise<string> {
  const { usermeta: _, ...plain } = spec; // usermeta could change how the page embeds
  const svg = await renderSvg({ spec }).catch(() => null);
  const still = svg === null ? `<p class="empty">${escapeHtml(alt)}</p>` : `<img src="${dataUri("image/svg+xml", svg)}" alt="${escapeHtml(alt)}">`;
  return `<div class="chart" data-spec="${escapeHtml(id)}-spec">${still}</div>\n` +
    `<script type="application/json" id="${escapeHtml(id)}-spec">${jsonForScript(plain)}</script>`;
}

/** A surface, or dots to point at, behind a fold, below the picture of the same values: it needs WebGL, which not every reader has. */
export function surfaceHtml({ id, alt, spec }: Chart): string {
  const name = `${escapeHtml(id)}-surface`, isFlat = (spec.data as { type?: string }[] | undefined)?.every(({ type }) => type === "scatter");
  return `<details class="surface" data-surface="${name}"><summary>${isFlat ? "Read it point by point" : "Turn it as a surface"}</summary>\n` +
    `<div role="img" aria-label="${escapeHtml(alt)}"></div></details>\n<script type="application/json" id="${name}">${jsonForScript(spec)}</script>`;
}

/** The page's style; the formulas' style and fonts only where there are formulas. */
export function styleText(withMath: boolean): string {
  return ownFile("page.css") + (withMath ? mathStyle() : "");
}

function mathStyle(): string {
  const url = packageFile("katex", "katex.min.css");
  return read(url)
    .replace(/,url\([^)]*\) format\("(?:woff|truetype)"\)/g, "")
    .replace(/url\((fonts\/[^)]+\.woff2)\)/g, (_, file) => `url(${dataUri("font/woff2", readFileSync(new URL(file, url)))})`);
}

/** The drawing libraries and the page's own scripts, each safe inside a script element; Plotly, which is large, packed, and only for a surface. */
export function scriptsHtml(withSurface = false): string {
  const libraries = [
    packageFile("vega", "vega.min.js"),
    packageFile("vega-lite", "vega-lite.min.js"),
    packageFile("vega-embed", "vega-embed.min.js"),
  ];
  const own = ["page_client.js", ...(withSurface ? ["surface_client.js"] : [])];
  const scripts = [...libraries.map(read), ...own.map(ownFile)].map((text) =>
    `<script>${text.replace(/\/\/# sourceMappingURL=.*$/gm, "").replace(/<\/(script)/gi, "<\\/$1").replace(/<!--/g, "<\\!--")}</script>`
  );
  return [...(withSurface ? [packedPlotly()] : []), ...scripts].join("\n");
}

/** A third of its size: base64 of gzip, which a browser unpacks when it is asked for. */
function packedPlotly(): string {
  const bytes = gzipSync(readFileSync(packageFile("plotly.js-gl3d-dist-min", "plotly-gl3d.min.js")), { level: 9 });
  return `<script type="application/octet-stream" id="plotly">${bytes.toString("base64")}</script>`;
}
