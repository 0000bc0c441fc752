/** The claims in a real browser: filtered, sorted by keyboard, read without JavaScript. Skipped without one. SCREENSHOTS=folder keeps pictures. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { AxeResults } from "axe-core";
import puppeteer, { type Browser, type Page } from "puppeteer-core";
import { ledger } from "../../lib/claims/ledger.ts";
import { renderReport } from "../../lib/report/page.ts";
import { findChromium } from "../support/chromium.ts";
import { makeSweep } from "../support/records.ts";
import { makeReport } from "../support/report.ts";

const executablePath = findChromium();
const why = executablePath ? "" : " (skipped: no Chromium found, name one in CHROMIUM)";

const shown = "[...document.querySelectorAll('#claims-table tbody tr')].filter((row) => !row.hidden).map((row) => row.id.slice('claim-'.length))";

Deno.test({
  name: `renderReport() gives claims that can be filtered and sorted by keyboard, without an accessibility violation${why}`,
  ignore: !executablePath,
  async fn(t) {
    const folder = await Deno.makeTempDir(), file = join(folder, "report.html"), few = join(folder, "few.html");
    const claims = ledger({ records: makeSweep([1, 2, 3]), theory: [], profile: "quick" });
    const report = { ...await makeReport(), figures: [], notebooks: [] };
    await Deno.writeTextFile(file, await renderReport({ ...report, claims }));
    await Deno.writeTextFile(
      few,
      await renderReport({ ...report, claims: claims.filter(({ section }) => section.startsWith("4.3") || section === "4.1") }),
    );
    const browser = await puppeteer.launch({ executablePath, args: ["--no-sandbox"], headless: true });
    try {
      for (const [width, scheme] of [[380, "light"], [1280, "light"], [1280, "dark"]] as const) {
        await t.step(`${width} px wide, ${scheme}`, () => look(browser, few, width, scheme));
      }
      await t.step("filters and heads", () => use(browser, file));
      await t.step("without JavaScript", () => lookWithoutScript(browser, file));
    } finally {
      await browser.close();
      await Deno.remove(folder, { recursive: true });
    }
  },
});

async function open(browser: Browser, file: string, width: number, { script = true, scheme = "light" } = {}): Promise<Page> {
  const page = await browser.newPage();
  await page.setViewport({ width, height: 900 });
  await page.setJavaScriptEnabled(script);
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  await page.goto(pathToFileURL(file).href);
  return page;
}

async function look(browser: Browser, file: string, width: number, scheme: string): Promise<void> {
  const page = await open(browser, file, width, { scheme });
  await page.evaluate("document.querySelectorAll('#claims details').forEach((one, i) => { one.open = i % 5 === 0; })");
  assert.equal(await page.evaluate("document.documentElement.scrollWidth > innerWidth"), false, "the page scrolls sideways");
  const pictures = Deno.env.get("SCREENSHOTS");
  if (pictures) await (await page.$("#claims"))!.screenshot({ path: join(pictures, `claims-${width}-${scheme}.png`) as `${string}.png` });
  await page.evaluate(readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8"));
  const { violations } = await page.evaluate("axe.run('#claims')") as AxeResults;
  assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`), []);
  await page.close();
}

async function use(browser: Browser, file: string): Promise<void> {
  const page = await open(browser, file, 1280), all = await page.evaluate(shown) as string[];
  assert.equal(all.length, 234);
  await page.select("#claims [data-filter=paper]", "A");
  await page.select("#claims [data-filter=section]", "4.1");
  assert.deepEqual(await page.evaluate(shown), ["A-4.1-1", "A-4.1-2", "A-4.1-3", "A-4.1-4"]);
  assert.equal(await page.$eval("#claims [role=status]", (status) => status.textContent), "4 of 234 shown");
  await page.select("#claims [data-filter=verdict]", "partly");
  assert.deepEqual(await page.evaluate(shown), ["A-4.1-3", "A-4.1-4"]);
  await page.type("#claims [data-filter=text]", "DEFAULTS");
  assert.deepEqual(await page.evaluate(shown), ["A-4.1-4"]);
  await page.reload();
  await page.focus("#claims-table th:nth-child(3) button");
  await page.keyboard.press("Enter");
  assert.equal(await page.$eval("#claims-table th:nth-child(3)", (head) => head.getAttribute("aria-sort")), "ascending");
  assert.equal((await page.evaluate(shown) as string[])[0], "A-0-1");
  await page.keyboard.press("Enter");
  assert.equal((await page.evaluate(shown) as string[])[0], "A-1-1", "the first of tier 3");
  await page.keyboard.press("Enter");
  assert.deepEqual(await page.evaluate(shown), all);
  await page.close();
}

async function lookWithoutScript(browser: Browser, file: string): Promise<void> {
  const page = await open(browser, file, 1280, { script: false });
  assert.equal((await page.$$("#claims-table tbody tr")).length, 234);
  assert.equal((await page.$$("#claims-table th button")).length, 0);
  const [filters] = await page.$$("#claims .filters");
  assert.equal(await filters.isVisible(), false);
  await page.close();
}
