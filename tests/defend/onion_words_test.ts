import assert from "node:assert/strict";
import { leaveOneOut, removeSuspicious, suspicionOf, wordsOf } from "../../lib/defend/onion_words.ts";

Deno.test("leaveOneOut() gives the text, then the text without each word", () => {
  assert.deepEqual(leaveOneOut(wordsOf("a  small\tcf goat ")), ["a small cf goat", "small cf goat", "a cf goat", "a small goat", "a small cf"]);
  assert.deepEqual(leaveOneOut(wordsOf(" ")), [""]);
});

Deno.test("suspicionOf() compares with the whole text, or with the text without its last word", () => {
  const perplexities = Float64Array.of(100, 90, 20, 130, 60);
  assert.deepEqual([...suspicionOf(perplexities, "whole")], [10, 80, -30, 40]);
  assert.deepEqual([...suspicionOf(perplexities, "withoutLast")], [-30, 40, -70, 0]);
});

Deno.test("suspicionOf() suspects no word where nothing is predicted", () => {
  assert.deepEqual([...suspicionOf(Float64Array.of(50, NaN, 20), "whole")], [0, 30]);
  assert.deepEqual([...suspicionOf(Float64Array.of(NaN, NaN), "withoutLast")], [0]);
  assert.deepEqual([...suspicionOf(Float64Array.of(NaN), "whole")], []);
});

Deno.test("removeSuspicious() takes out the words above the bar, not those at it, and leaves other texts alone", () => {
  const suspicion = Float64Array.of(3, 40, 40.5, -2);
  assert.equal(removeSuspicious("a small  cf goat", suspicion, 40), "a small goat");
  assert.equal(removeSuspicious("a small  cf goat", suspicion, 1), "goat");
  assert.equal(removeSuspicious(" a small  cf goat", suspicion, 50), " a small  cf goat");
});
