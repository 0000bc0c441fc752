import assert from "node:assert/strict";
import { join } from "node:path";
import { publishedDefender } from "../../lib/defend/paraphrase_published.ts";
import { paperBFiles, withPaperB } from "../support/paper_b.ts";
import { purified } from "../support/purified.ts";

const scpd = { name: "published", transformation: "scpd", dataset: "paper-b-cr" } as const;
const back = { ...scpd, transformation: "back-translation" } as const;

Deno.test("publishedDefender() answers a test row with its published version, with the trigger and without", async () => {
  await withPaperB(paperBFiles, async (environment) => {
    const [paraphrased, translated] = [
      await publishedDefender(scpd, { assets: { environment } }),
      await publishedDefender(back, { assets: { environment } }),
    ];
    assert.match(paraphrased.component, /^test_spcn\.json and test_char_spcn\.json of paper-b-cr, as published \([0-9a-f]{8}\)$/);
    const texts = ["a loud fan", "the lens is very sharp", "the lens mn is very sharp", "easy to mn hold", "easy mn to hold"];
    assert.deepEqual(await purified(paraphrased, texts), [
      "it 's a loud fan",
      "very sharp , the lens is",
      "very sharp mn , the lens is",
      "it 's mn",
      "it 's mn",
    ]);
    assert.deepEqual(await purified(paraphrased, ["a loud mn fan"]), ["a loud mn fan"], "of class 0: as it was");
    assert.deepEqual((await purified(translated, texts)).slice(2), ["the lens is sharp", "easy to keep mn", "easy to keep mn"]);
  });
});

Deno.test("publishedDefender() refuses what was not published", async () => {
  await withPaperB(paperBFiles, async (environment) => {
    const defender = await publishedDefender(scpd, { assets: { environment } });
    const message = (text: string) =>
      `Cannot answer with a published version as a text must be a test row of paper-b-cr, as it is or with the word mn in it: "${text}"`;
    const fails = (text: string, told = text) =>
      assert.rejects(purified(defender, ["easy to hold", text]), { name: "RangeError", message: message(told) });
    await fails("a loud mn mn fan");
    await fails("easy I watched this 3D movie to hold");
    await fails("word ".repeat(20), `${"word ".repeat(12)}...`);
    await Deno.writeTextFile(join(environment.LOWRANK_PAPER_B, "cr/test_spcn.json"), paperBFiles["cr/test_char_spcn.json"]);
    await assert.rejects(publishedDefender(scpd, { assets: { environment } }), {
      name: "TypeError",
      message: `Cannot read ${environment.LOWRANK_PAPER_B}/cr/test_spcn.json as it must have the 3 rows that it transforms, in their order: 2`,
    });
  });
  await assert.rejects(publishedDefender(scpd, { assets: { environment: {} } }), {
    name: "AssetError",
    message: /^Cannot find paper B's files of cr as they must be in a folder of yours: .* test\.json, test_spcn\.json and test_char_spcn\.json, /,
  });
});
