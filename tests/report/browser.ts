/** A real browser for the tests that look at pages. */
import puppeteer, { type Browser, type Page } from "puppeteer-core";
import { findChromium } from "../support/chromium.ts";

export const executablePath = findChromium();
/** Behind the name of a test that is skipped where there is none. */
export const why = executablePath ? "" : " (skipped: no Chromium found, name one in CHROMIUM)";

export const launch = (): Promise<Browser> => puppeteer.launch({ executablePath, args: ["--no-sandbox"], headless: true });

/** A page that notes every error, dialog, warning and request that leaves the file. */
export async function open(browser: Browser, width: number): Promise<{ page: Page; problems: string[] }> {
  const page = await browser.newPage(), problems: string[] = [];
  await page.setViewport({ width, height: 900 });
  page.on("console", (message) => ["error", "warn"].includes(message.type()) && problems.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => problems.push(`error: ${error}`));
  page.on("request", (request) => /^(file|data|blob):/.test(request.url()) || problems.push(`request: ${request.url()}`));
  page.on("dialog", (dialog) => (problems.push(`dialog: ${dialog.message()}`), dialog.dismiss()));
  return { page, problems };
}

/** Scrolls to every chart and waits until each is drawn or has failed; what came of them, by their order. Scripts as text: the browser's types would be every test's types. */
export async function drawCharts(page: Page): Promise<string[]> {
  for (const [index, chart] of (await page.$$(".chart")).entries()) {
    await chart.scrollIntoView();
    await page.waitForFunction(`(({ drawn, failed }) => drawn ?? failed)(document.querySelectorAll(".chart")[${index}].dataset)`, {
      timeout: 20_000,
    });
  }
  return await page.evaluate("[...document.querySelectorAll('.chart')].map(({ dataset }) => dataset.failed ?? 'drawn')") as string[];
}

export const overflows = (page: Page): Promise<unknown> => page.evaluate("document.documentElement.scrollWidth > innerWidth");
