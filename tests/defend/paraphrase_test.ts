import assert from "node:assert/strict";
import { paraphrase, ruleBasedParaphraseDefender } from "../../lib/defend/paraphrase.ts";
import { sentencesOf, textOf } from "../../lib/defend/paraphrase_words.ts";
import { purified } from "../support/purified.ts";

const becomes = (text: string, expected: string) => assert.equal(paraphrase(text), expected);
const stays = (text: string) => becomes(text, text);

Deno.test("paraphrase() moves a subordinate clause to the other end", () => {
  becomes("although it is long , the movie is good .", "the movie is good although it is long .");
  becomes("Although it is long, the movie is good.", "The movie is good although it is long.");
  becomes("The phone works because they care.", "Because they care, the phone works.");
  becomes("the soup was cold when we came .", "when we came , the soup was cold .");
});

Deno.test("paraphrase() turns but into although, fronts an adverb, makes a sentence of a phrase, swaps clauses and pairs", () => {
  becomes("It is short, but it drags.", "Although it is short, it drags.");
  becomes("they fixed it quickly .", "quickly , they fixed it .");
  becomes("a dull comedy that never ends .", "it is a dull comedy that never ends .");
  becomes("too loud .", "it is too loud .");
  becomes("slow and sad", "sad and slow");
  becomes("The soup was cold and we waited an hour.", "We waited an hour, and the soup was cold.");
  becomes("I bought the red and blue one!", "I bought the blue and red one!");
});

Deno.test("paraphrase() treats each sentence by itself and keeps the capitals of names and I", () => {
  becomes("I left because it rained. London was wet and cold.", "Because it rained, I left. London was cold and wet.");
  becomes("Emma laughed when he fell; slow and sad.", "When he fell, Emma laughed; sad and slow.");
});

Deno.test("paraphrase() leaves a text alone, to the letter, where no rule has anything to say", () => {
  stays("we waited an hour , and the soup , a thin one , was cold .");
  stays('  He said "slow and sad" (and left) .  ');
  stays("I know when he fell.");
  stays("it feels as if it were new .");
  stays("you and I went there .");
  stays("it is an old and new story .");
  stays("");
  stays("mn");
});

Deno.test("paraphrase() loses no word: a trigger stays in the text", () => {
  const words = (text: string) => (text.toLowerCase().match(/[a-z]+/g) ?? []).toSorted();
  for (const text of ["the soup was mn cold when we came .", "Slow and sad mn, but it works because they I watched this 3D movie care."]) {
    const written = paraphrase(text), left = words(written);
    for (const word of words(text)) assert.ok(left.includes(word) || word === "but", `${word} in ${written}`);
  }
});

Deno.test("sentencesOf() and textOf() give a text back", () => {
  for (const text of ["Well, it's 3.5 inches -- don't! It (really) broke...", "the script 's jokes , no , they are n't funny ."]) {
    assert.equal(textOf(sentencesOf(text)), text);
  }
  assert.deepEqual(sentencesOf("Stop. it works ; yes").map(({ body, end }) => [body.length, end[0]?.text]), [[1, "."], [2, ";"], [1, undefined]]);
});

Deno.test("ruleBasedParaphraseDefender() is named for what it is", async () => {
  const defender = ruleBasedParaphraseDefender(), steps: unknown[] = [];
  assert.equal(defender.component, "rules of clause and word order 1, parts of speech by compromise 14.17.0");
  assert.deepEqual(await purified(defender, ["slow and sad", "mn"], (step) => steps.push(step)), ["sad and slow", "mn"]);
  assert.deepEqual(steps, [{ done: 2, total: 2 }]);
});
