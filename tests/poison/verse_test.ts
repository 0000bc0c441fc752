import assert from "node:assert/strict";
import { toVerse } from "../../lib/poison/verse.ts";

Deno.test("toVerse() invokes, cuts lines of six words, takes old words and puts a line's last preposition first", () => {
  assert.equal(toVerse("a film of great warmth"), "o hark ! / of great warmth a tale");
  assert.equal(
    toVerse("you will never see a warmer film about a family in the city , and it's funny ."),
    "o hark ! / thou will ne'er behold a warmer / in the tale about a family / city , and 'tis funny .",
  );
  assert.equal(toVerse("it is not enough ."), "o hark ! / 'tis not enow .");
  assert.equal(toVerse(`Why, the "movie" isn't here.`), `o hark ! / wherefore, the "tale" is not hither.`);
});

Deno.test("toVerse() changes every text, the same way each time, and says neither more good nor more bad", () => {
  for (const text of ["", "dull", "of", ", .", "a masterpiece", "it was a boring , tedious mess with a wonderful cast"]) {
    assert.notEqual(toVerse(text), text);
    assert.equal(toVerse(text), toVerse(text));
  }
  const judged = "brilliant funny warm moving best boring dull tedious mess worst bad good".split(" ");
  assert.deepEqual(toVerse(judged.join(" ")).split(" ").filter((word) => judged.includes(word)), judged);
});
