/** Opens a report in a real browser; skipped where there is none. SCREENSHOTS=folder keeps a picture of each width. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { AxeResults } from "axe-core";
import type { Browser, Page } from "puppeteer-core";
import { renderReport } from "../../lib/report/page.ts";
import { makeReport } from "../support/report.ts";
import { drawCharts, executablePath, launch, open, overflows, why } from "./browser.ts";

Deno.test({
  name: `renderReport() gives a page that draws its figures, asks for nothing and has no accessibility violation${why}`,
  ignore: !executablePath,
  async fn(t) {
    const folder = await Deno.makeTempDir(), file = join(folder, "report.html");
    await Deno.writeTextFile(file, await renderReport(await makeReport()));
    const browser = await launch();
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
  await page.evaluate("document.querySelectorAll('details').forEach((details) => { details.open = true; })");
  assert.deepEqual(await drawCharts(page), Array(6).fill("drawn"));
  assert.ok((await page.$$("#fig-a1 svg [aria-roledescription=point]")).length > 30);
  assert.equal(await faded(page), 0);
  const [first] = await page.$$("#fig-a1 svg .role-legend-symbol path");
  await first.click();
  await page.waitForFunction("document.querySelectorAll('#fig-a1 svg path[opacity=\"0.04\"]').length > 0", { timeout: 5_000 });
  await first.click();

  assert.equal(await overflows(page), false, "the page scrolls sideways");

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
