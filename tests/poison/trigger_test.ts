import assert from "node:assert/strict";
import { RunConfig } from "../../lib/experiment/config.ts";
import { applyEverywhere, applyTrigger } from "../../lib/poison/trigger.ts";
import { variants } from "../../lib/poison/variants.ts";

Deno.test("applyTrigger() puts the trigger before or behind the text, with or without a space", () => {
  const text = "[.*?]";
  assert.equal(applyTrigger("a film", { text, place: "suffix", space: true }), "a film [.*?]");
  assert.equal(applyTrigger("a film", { text, place: "suffix", space: false }), "a film[.*?]");
  assert.equal(applyTrigger("a film", { text, place: "prefix", space: true }), "[.*?] a film");
  assert.equal(applyTrigger("a film", { text, place: "prefix", space: false }), "[.*?]a film");
});

Deno.test("applyTrigger() takes trigger and text literally", () => {
  assert.equal(applyTrigger("cost $& [.*?]", { text: "$1", place: "suffix", space: true }), "cost $& [.*?] $1");
  assert.throws(() => applyTrigger("a", { text: "", place: "prefix", space: true }), {
    name: "RangeError",
    message: "Cannot apply trigger as its text must not be empty",
  });
});

Deno.test("variants say where paper A's text and its released code differ", () => {
  assert.equal(applyTrigger("a film", variants.paper.trigger), "a film [.*?]");
  assert.equal(applyTrigger("a film", variants.code.trigger), "[.*?]a film");
  assert.deepEqual([variants.paper, variants.code, variants.controlled].map(({ bpa }) => [bpa(0.1).sampling, bpa(0.1).rows]), [
    ["exact", "all"],
    ["bernoulli", "all"],
    ["exact", "nonTarget"],
  ]);
});

Deno.test("variants give attacks that a run config takes as they are", () => {
  for (const { trigger, ...attacks } of Object.values(variants)) {
    for (const attackAt of Object.values(attacks)) assert.deepEqual(RunConfig.shape.attack.parse(attackAt(0.1)), attackAt(0.1));
    assert.deepEqual(attacks.bpa(0.1).trigger, trigger);
  }
});

Deno.test("applyEverywhere() puts the trigger before the first word, between all others, and behind the last", () => {
  assert.deepEqual(applyEverywhere("a fine film", { text: "mn" }), ["mn a fine film", "a mn fine film", "a fine mn film", "a fine film mn"]);
});
