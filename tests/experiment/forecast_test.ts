import assert from "node:assert/strict";
import { createForecast } from "../../lib/experiment/forecast.ts";
import { resolveConfig } from "../../lib/experiment/resolve.ts";

const config = (method: "full" | "lora", epochs = 1) =>
  resolveConfig({
    task: { trainRows: 100, validationRows: 10, testRows: 10 },
    attack: { name: "none" },
    method: { name: method },
    train: { epochs, batchSize: 10, learningRate: 1e-4 },
    seed: 1,
  });
const full = config("full"), lora = config("lora");
/** Full: 20 seconds an epoch, LoRA: 10. */
const expected = ({ method, train }: typeof full) => (method.name === "full" ? 20 : 10) * train.epochs;

Deno.test("createForecast() without expectations knows nothing before the first step, and that nothing is left at the end", () => {
  const forecast = createForecast();
  assert.equal(forecast.remaining([full]), null);
  assert.equal(forecast.remaining([lora], { config: full, seconds: 1, fraction: 0, resumedAt: 0 }), null);
  assert.equal(forecast.remaining([]), 0);
});

Deno.test("createForecast() goes by the steps of the run under way until one is finished", () => {
  const forecast = createForecast(), underway = { config: full, seconds: 5, fraction: 0.25, resumedAt: 0 };
  assert.equal(forecast.remaining([], underway), 15);
  assert.equal(forecast.remaining([full, config("lora", 2)], underway), 15 + 20 + 40);
});

Deno.test("createForecast() goes by the finished runs of the same method, per training row", () => {
  const forecast = createForecast();
  forecast.observe(full, 30);
  forecast.observe(lora, 10);
  assert.equal(forecast.remaining([full, lora, config("lora", 3)]), 30 + 10 + 30);
  assert.equal(forecast.remaining([lora], { config: full, seconds: 0, fraction: 0, resumedAt: 0 }), 30 + 10);
});

Deno.test("createForecast() counts only the steps that a resumed run has done since", () => {
  const forecast = createForecast();
  assert.equal(forecast.remaining([full], { config: full, seconds: 5, fraction: 0.75, resumedAt: 0.5 }), 5 + 20);
  forecast.observe(full, 10, 0.5);
  assert.equal(forecast.remaining([full]), 20);
});

Deno.test("createForecast() judges no whole run by the last steps of a resumed one, which are mostly its start and its evaluation", () => {
  const forecast = createForecast({ expected });
  assert.equal(forecast.remaining([lora], { config: full, seconds: 15, fraction: 0.99, resumedAt: 0.98 }), 0.01 * 20 + 10, "as expected");
  forecast.observe(full, 15, 0.98);
  assert.equal(forecast.remaining([lora]), 10);
  assert.equal(createForecast().remaining([full], { config: full, seconds: 15, fraction: 0.99, resumedAt: 0.98 }), null, "or not known yet");
});

Deno.test("createForecast() says what is expected before anything has run", () => {
  const forecast = createForecast({ expected });
  assert.equal(forecast.remaining([full, lora]), 30);
  assert.equal(forecast.remaining([lora], { config: full, seconds: 0, fraction: 0, resumedAt: 0 }), 30);
  assert.equal(forecast.remaining([lora], { config: full, seconds: 0, fraction: 0.5, resumedAt: 0.5 }), 20);
  assert.equal(forecast.remaining([]), 0);
});

Deno.test("createForecast() corrects its expectations by what a method's runs took, another method's by as much until it is known", () => {
  const forecast = createForecast({ expected });
  forecast.observe(full, 30); // 1.5 times as long
  assert.equal(forecast.remaining([full, lora]), 30 + 15);
  forecast.observe(lora, 10);
  assert.equal(forecast.remaining([full, lora]), 30 + 10);
});

Deno.test("createForecast() trusts the run under way by the share of its steps that is done", () => {
  const forecast = createForecast({ expected }), slow = (fraction: number) => ({ config: full, seconds: 40 * fraction, fraction, resumedAt: 0 });
  const left = (fraction: number) => forecast.remaining([], slow(fraction))! / (1 - fraction); // for the whole run, which paces at 40 for 20
  assert.ok(left(0.01) < 21 && left(0.01) > 20);
  assert.ok(left(0.5) > 30 && left(0.5) < 40);
  assert.ok(left(0.99) > 39);
  assert.ok(forecast.remaining([lora], slow(0.5))! > forecast.remaining([], slow(0.5))! + 10); // waiting runs are corrected as well
});

Deno.test("createForecast() with several runs at a time: none is slower before, all share the machine after, and the longest is waited for", () => {
  const forecast = createForecast({ expected, parallel: 2 });
  assert.equal(forecast.remaining([full, full, lora]), 50); // each twice as slow, two at a time
  const both = [full, lora].map((config) => ({ config, seconds: 0, fraction: 0, resumedAt: 0 }));
  assert.equal(forecast.remaining([], both), 40); // full by itself takes 2 x 20
  forecast.observe(full, 30);
  assert.equal(forecast.remaining([full, full, full, full]), 60);
});
