/** Opens a report in a real browser; skipped where there is none. SCREENSHOTS=folder keeps a picture of each width. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { AxeResults } from "axe-core";
import puppeteer, { type Browser, type Page } from "puppeteer-core";
import { renderReport } from "../../lib/report/page.ts";
import { findChromium } from "../support/chromium.ts";
import { makeReport } from "../support/report.ts";

const executablePath = findChromium();
const why = executablePath ? "" : " (skipped: no Chromium found, name one in CHROMIUM)";

Deno.test({
  name: `renderReport() gives a page that draws its figures, asks for nothing and has no accessibility violation${why}`,
  ignore: !executablePath,
  async fn(t) {
    const folder = await Deno.makeTempDir(), file = join(folder, "report.html");
    await Deno.writeTextFile(file, await renderReport(await makeReport()));
    const browser = await puppeteer.launch({ executablePath, args: ["--no-sandbox"], headless: true });
    try {
      for (const [width, scheme] of [[380, "light"], [1280, "light"], [1280, "dark"]] as const) {
        await t.step(`${width} px wide, ${scheme}`, () => look(browser, file, width, scheme));
      }
      await t.step("without JavaScript", () => lookWithoutScript(browser, file));
    } finally {
      await browser.close();
      await Deno.remove(folder, { recursive: true });
    }
  },
});

async function look(browser: Browser, file: string, width: number, scheme: string): Promise<void> {
  const { page, problems } = await open(browser, width);
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  await page.goto(pathToFileURL(file).href);
  // scripts as text: the browser's types would be every test's types
  await page.evaluate("document.querySelectorAll('details').forEach((details) => { details.open = true; })");
  const charts = await page.$$(".chart");
  assert.equal(charts.length, 6);
  for (const [index, chart] of charts.entries()) {
    await chart.scrollIntoView();
    await page.waitForFunction(`(({ drawn, failed }) => drawn ?? failed)(document.querySelectorAll(".chart")[${index}].dataset)`, {
      timeout: 20_000,
    });
  }
  assert.deepEqual(
    await page.evaluate("[...document.querySelectorAll('.chart')].map(({ dataset }) => dataset.failed ?? 'drawn')"),
    Array(6).fill("drawn"),
  );
  assert.ok((await page.$$("#fig-a1 svg [aria-roledescription=point]")).length > 30);
  assert.equal(await faded(page), 0);
  const [first] = await page.$$("#fig-a1 svg .role-legend-symbol path");
  await first.click();
  await page.waitForFunction("document.querySelectorAll('#fig-a1 svg path[opacity=\"0.04\"]').length > 0", { timeout: 5_000 });
  await first.click();

  assert.equal(await page.evaluate("document.documentElement.scrollWidth > innerWidth"), false, "the page scrolls sideways");

  const pictures = Deno.env.get("SCREENSHOTS");
  if (pictures) await page.screenshot({ path: join(pictures, `report-${width}-${scheme}.png`) as `${string}.png`, fullPage: true });

  await page.evaluate(readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8"));
  const { violations } = await page.evaluate("axe.run()") as AxeResults;
  assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`), []);
  assert.deepEqual(problems, []);
  await page.close();
}

const faded = async (page: Page): Promise<number> => (await page.$$('#fig-a1 svg path[opacity="0.04"]')).length;

async function lookWithoutScript(browser: Browser, file: string): Promise<void> {
  const { page, problems } = await open(browser, 1280);
  await page.setJavaScriptEnabled(false);
  await page.goto(pathToFileURL(file).href);
  assert.equal((await page.$$(".chart > img[alt]")).length, 6);
  assert.deepEqual(problems, []);
  await page.close();
}

/** A page that notes every error, dialog, warning and request that leaves the file. */
async function open(browser: Browser, width: number): Promise<{ page: Page; problems: string[] }> {
  const page = await browser.newPage(), problems: string[] = [];
  await page.setViewport({ width, height: 900 });
  page.on("console", (message) => ["error", "warn"].includes(message.type()) && problems.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => problems.push(`error: ${error}`));
  page.on("request", (request) => /^(file|data|blob):/.test(request.url()) || problems.push(`request: ${request.url()}`));
  page.on("dialog", (dialog) => (problems.push(`dialog: ${dialog.message()}`), dialog.dismiss()));
  return { page, problems };
}
