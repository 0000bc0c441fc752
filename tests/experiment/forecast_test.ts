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

Deno.test("createForecast() knows nothing before the first step, and that nothing is left at the end", () => {
  const forecast = createForecast();
  assert.equal(forecast.remaining([config("full")]), null);
  assert.equal(forecast.remaining([config("lora")], { config: config("full"), seconds: 1, fraction: 0, resumedAt: 0 }), null);
  assert.equal(forecast.remaining([]), 0);
});

Deno.test("createForecast() goes by the steps of the run under way until one is finished", () => {
  const forecast = createForecast(), underway = { config: config("full"), seconds: 5, fraction: 0.25, resumedAt: 0 };
  assert.equal(forecast.remaining([], underway), 15);
  assert.equal(forecast.remaining([config("full"), config("lora", 2)], underway), 15 + 20 + 40);
});

Deno.test("createForecast() goes by the finished runs of the same method, per training row", () => {
  const forecast = createForecast();
  forecast.observe(config("full"), 30);
  forecast.observe(config("lora"), 10);
  assert.equal(forecast.remaining([config("full"), config("lora"), config("lora", 3)]), 30 + 10 + 30);
  assert.equal(forecast.remaining([config("lora")], { config: config("full"), seconds: 0, fraction: 0, resumedAt: 0 }), 30 + 10);
});

Deno.test("createForecast() counts only the steps that a resumed run has done since", () => {
  const forecast = createForecast();
  assert.equal(forecast.remaining([config("full")], { config: config("full"), seconds: 5, fraction: 0.75, resumedAt: 0.5 }), 5 + 20);
  forecast.observe(config("full"), 10, 0.5);
  assert.equal(forecast.remaining([config("full")]), 20);
});
