/** Opens a report of every figure, drawn from the published records, in a real browser; skipped where there is none. SCREENSHOTS=folder keeps a picture of each figure. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "puppeteer-core";
import { drawRankControls } from "../../lib/figure/rank_controls.ts";
import { renderReport } from "../../lib/report/page.ts";
import { type PublishedFigure, publishedFigures } from "../figure/published_figures.ts";
import { drawCharts, executablePath, launch, open, overflows, why } from "./browser.ts";

/** What is offered before the first run. */
const withoutRows: PublishedFigure = { figure: { ...drawRankControls([]), id: "without-rows" }, paper: "a", records: [] };

Deno.test({
  name: `renderReport() gives a page that draws every figure and hands out the rows of each${why}`,
  ignore: !executablePath,
  async fn(t) {
    const folder = await Deno.makeTempDir(), file = join(folder, "report.html"), published = [...await publishedFigures(), withoutRows];
    const figures = published.map(({ figure, paper }) => ({ ...figure, paper }));
    const records = [...new Map(published.flatMap(({ records }) => records).map((record) => [record.key, record])).values()];
    await Deno.writeTextFile(
      file,
      await renderReport({ title: "T", intro: "", tables: [], figures, notebooks: [], records, profile: { name: "quick", settings: [] } }),
    );
    const browser = await launch();
    try {
      for (const width of [380, 1280]) await t.step(`${width} px wide`, () => look(browser, file, width, published));
      await t.step("panels fit a narrow window", () => fit(browser, file));
    } finally {
      await browser.close();
      await Deno.remove(folder, { recursive: true });
    }
  },
});

async function look(browser: Browser, file: string, width: number, published: readonly PublishedFigure[]): Promise<void> {
  const { page, problems } = await open(browser, width);
  await page.goto(pathToFileURL(file).href);
  assert.deepEqual(await drawCharts(page), published.map(() => "drawn"));
  assert.equal(await overflows(page), false, "the page scrolls sideways");
  const files = await download(page);
  for (const { figure: { id, rows } } of published) {
    const csv = parseCsv(files[`${id}.csv`]), json = JSON.parse(files[`${id}.json`]) as Readonly<Record<string, unknown>>[];
    const [columns, ...lines] = csv;
    assert.deepEqual([lines.length, json.length], [rows.length, rows.length], id);
    const written = json.map((row) => columns.map((column) => String(row[column] ?? "")));
    assert.deepEqual(lines, written, `${id}: cells stand under their names`);
    assert.deepEqual(json.flatMap(Object.keys).filter((name) => !columns.includes(name)), [], id);
  }
  assert.deepEqual(problems, []);
  const pictures = Deno.env.get("SCREENSHOTS");
  for (const { figure: { id } } of pictures ? published : []) {
    await (await page.$(`#${id}`))!.screenshot({ path: join(pictures!, `${id}-${width}.png`) as `${string}.png` });
  }
  await page.close();
}

/** A table as it was printed, and names beside dots that would run into each other. */
const scrolling = ["fig-b-audit-grim", "fig-b-audit-differences"];

/** Lines of panels are broken where a window is too narrow for them, on opening and on resizing; each line of a table's panels names its rows. */
async function fit(browser: Browser, file: string): Promise<void> {
  const { page, problems } = await open(browser, 600);
  await page.goto(pathToFileURL(file).href);
  await drawCharts(page);
  assert.deepEqual(await page.evaluate(wide), scrolling);
  assert.deepEqual(await page.evaluate(rowNames), { panels: 3, named: 3 }, "CA, ASR and the margin below each other");
  await page.setViewport({ width: 1280, height: 900 });
  await page.waitForFunction(`(${rowNames}).named === 1`, { timeout: 20_000 });
  await page.setViewport({ width: 600, height: 900 });
  await page.waitForFunction(`(${rowNames}).named === 3`, { timeout: 20_000 });
  await page.evaluate(`document.querySelector("#table-b5-low .chart").style.width = "1000.6px"`); // what is left over of a pixel is no lack of room
  await page.waitForFunction(`(${rowNames}).named === 1`, { timeout: 20_000 });
  assert.deepEqual(problems, []);
  await page.close();
}

const wide = `[...document.querySelectorAll(".figure .chart")].filter((chart) => chart.scrollWidth > chart.clientWidth)
  .map((chart) => chart.closest(".figure").id)`;
/** Of the one block of Table 5's panels at the lower dose. */
const rowNames = `((texts) => ({ panels: texts.filter((text) => /^(Clean accuracy|Attack success|Margin)/.test(text)).length,
  named: texts.filter((text) => text === "none: LoRA alone").length }))([...document.querySelectorAll("#table-b5-low .chart text")].map((text) => text.textContent))`;

/** Clicks every button that offers rows; the texts by their file names. */
async function download(page: Page): Promise<Record<string, string>> {
  return await page.evaluate(`(async () => {
    const files = {}, blobs = new Map();
    URL.createObjectURL = (blob) => (blobs.set(String(blobs.size), blob), String(blobs.size - 1));
    HTMLAnchorElement.prototype.click = function () { files[this.download] = blobs.get(this.getAttribute("href")); };
    for (const button of document.querySelectorAll("button[data-rows]")) button.click();
    for (const name in files) files[name] = await files[name].text();
    return files;
  })()`) as Record<string, string>;
}

/** Lines of cells, as RFC 4180 has them. */
function parseCsv(text: string): string[][] {
  const lines: string[][] = [[]];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/g)) {
    lines.at(-1)!.push(quoted?.replaceAll('""', '"') ?? plain);
    if (end === "") break;
    if (end !== ",") lines.push([]);
  }
  return lines;
}
