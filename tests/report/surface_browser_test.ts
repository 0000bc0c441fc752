/** Opens a report with a surface in a real browser, with WebGL and without; skipped where there is none. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import puppeteer from "puppeteer-core";
import { derivedRows } from "../../lib/figure/entropy.ts";
import { entropySurface } from "../../lib/figure/entropy_surface.ts";
import { surfaceMime } from "../../lib/report/display.ts";
import { renderReport } from "../../lib/report/page.ts";
import { findChromium } from "../support/chromium.ts";
import { makeReport } from "../support/report.ts";

const executablePath = findChromium();
const why = executablePath ? "" : " (skipped: no Chromium found, name one in CHROMIUM)";
const fold = `document.querySelector("details.surface")`;

async function makePage(): Promise<string> {
  const report = await makeReport(), [first] = report.figures;
  return await renderReport({ ...report, figures: [{ ...first, surface: entropySurface(derivedRows("derived")) }], notebooks: [] });
}

Deno.test("renderReport() embeds the surface's library once, packed, and only where there is a surface", async () => {
  const report = await makeReport(), surface = entropySurface(derivedRows("derived"));
  const bundle = { [surfaceMime]: surface, "text/html": "<p>picture</p>", "text/plain": "entropy" };
  const output = { output_type: "display_data" as const, data: bundle, metadata: {} };
  const cell = { cell_type: "code" as const, metadata: {}, source: "surface", execution_count: 1, outputs: [output] };
  const withBoth = await renderReport({
    ...report,
    figures: [{ ...report.figures[0], surface }],
    notebooks: [{ name: "a-c", title: "C", cells: [cell] }],
  });
  assert.equal(withBoth.match(/id="plotly"/g)?.length, 1);
  assert.equal(withBoth.match(/<details class="surface"/g)?.length, 2);
  assert.match(withBoth, /<p>picture<\/p><\/div><details class="surface" data-surface="notebook-a-c-cell-1-output-1-surface">/);
  const without = await renderReport({ ...report, notebooks: [] });
  assert.doesNotMatch(without, /id="plotly"/);
  const packed = /id="plotly">([A-Za-z0-9+/=]+)</.exec(withBoth)![1];
  assert.ok(packed.length < 800_000, `${packed.length} characters`);
});

for (const webgl of [true, false]) {
  Deno.test({
    name: `renderReport() ${
      webgl ? "draws a surface when its fold is opened" : "says so where no WebGL draws its surface, and keeps the picture"
    }${why}`,
    ignore: !executablePath,
    async fn() {
      const folder = await Deno.makeTempDir(), file = join(folder, "report.html"), problems: string[] = [];
      await Deno.writeTextFile(file, await makePage());
      const gl = webgl ? ["--use-angle=swiftshader", "--enable-unsafe-swiftshader"] : ["--disable-3d-apis"];
      const browser = await puppeteer.launch({ executablePath, args: ["--no-sandbox", ...gl], headless: true });
      try {
        const page = await browser.newPage();
        page.on("pageerror", (error) => problems.push(`error: ${error}`));
        page.on("request", (request) => /^(file|data|blob):/.test(request.url()) || problems.push(`request: ${request.url()}`));
        await page.goto(pathToFileURL(file).href);
        assert.equal(await page.evaluate("typeof Plotly"), "undefined");
        await (await page.$("details.surface summary"))!.click();
        await page.waitForFunction(`${fold}.dataset.drawn ?? ${fold}.dataset.failed`, { timeout: 60_000 });
        const [drawn, failed, canvases, text] = await page.evaluate(
          `[${fold}.dataset.drawn ?? null, ${fold}.dataset.failed ?? null, ${fold}.querySelectorAll("canvas").length, ${fold}.textContent]`,
        ) as [string | null, string | null, number, string];
        if (webgl) assert.ok(drawn === "true" && canvases > 0);
        else {
          assert.deepEqual([drawn, failed, canvases], [null, "this browser draws no WebGL", 0]);
          assert.match(text, /Not drawn: this browser draws no WebGL\. The picture above shows the same values\.$/);
        }
        assert.ok(await page.$("#fig-a1 .chart svg, #fig-a1 .chart img"));
        assert.deepEqual(problems, []);
      } finally {
        await browser.close();
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}
