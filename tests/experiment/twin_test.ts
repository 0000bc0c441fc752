import assert from "node:assert/strict";
import type { RunConfig } from "../../lib/experiment/config.ts";
import { resolveConfig } from "../../lib/experiment/resolve.ts";
import { twinKey } from "../../lib/experiment/twin.ts";
import { variants } from "../../lib/poison/variants.ts";
import { smallConfig } from "../support/fake_record.ts";

const clean = resolveConfig({ ...smallConfig, method: { name: "lora" } });

Deno.test("twinKey() is one for a run and its never-poisoned twin, however their fields are ordered", () => {
  const poisoned = resolveConfig({ ...clean, attack: variants.code.bpa(0.1), variant: "code" });
  const reversed = Object.fromEntries(Object.entries(poisoned).reverse()) as RunConfig;
  assert.equal(twinKey(poisoned), twinKey(clean));
  assert.equal(twinKey(reversed), twinKey(clean));
});

Deno.test("twinKey() tells seeds, methods and training apart", () => {
  const others: RunConfig[] = [
    { ...clean, seed: 2 },
    { ...clean, method: { name: "full" } },
    { ...clean, train: { ...clean.train, learningRate: 2 * clean.train.learningRate } },
    { ...clean, head: clean.head === "frozen" ? "trained" : "frozen" },
  ];
  assert.equal(new Set([clean, ...others].map(twinKey)).size, 5);
});

Deno.test("twinKey() is one for runs that start from twins", () => {
  const startingFrom = (poisonRate: number, seed = 1) => {
    const attack = { name: "clean-label", poisonRate, targetLabel: 0, trigger: { text: "mn" } } as const;
    const { start: _, ...stage } = smallConfig, run = { ...stage, method: { name: "full" as const }, seed, attack, evaluate: { targetLabel: 0 } };
    return resolveConfig({ ...smallConfig, method: { name: "lora" }, evaluate: { targetLabel: 0 }, start: { run } });
  };
  assert.equal(twinKey(startingFrom(0)), twinKey(startingFrom(0.2)));
  assert.notEqual(twinKey(startingFrom(0)), twinKey(startingFrom(0, 2)));
});
