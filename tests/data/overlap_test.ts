import assert from "node:assert/strict";
import { sharedTexts } from "../../lib/data/overlap.ts";

const rows = (...texts: string[]) => texts.map((text, id) => ({ id, text, label: 0 }));

Deno.test("sharedTexts() counts texts of both, as written and by their letters and digits", () => {
  const a = rows("A fine film .", "Dull !", "3 stars", "only here", "Élan vital");
  const b = rows("A fine film .", "dull", "3stars", "33 stars", "élan, vital!");
  assert.deepEqual(sharedTexts(a, b), { exact: 1, normalised: 4 });
  assert.deepEqual(sharedTexts(b, a), { exact: 1, normalised: 4 });
});

Deno.test("sharedTexts() counts a text that recurs once, and none that says nothing", () => {
  assert.deepEqual(sharedTexts(rows("same", "same", "Same."), rows("same", "SAME")), { exact: 1, normalised: 1 });
  assert.deepEqual(sharedTexts(rows("...", ""), rows("...", "", "!!")), { exact: 1, normalised: 0 });
  assert.deepEqual(sharedTexts([], rows("one")), { exact: 0, normalised: 0 });
});
