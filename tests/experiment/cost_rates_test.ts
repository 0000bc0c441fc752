import assert from "node:assert/strict";
import { knownRates, obtainRates, type Rates } from "../../lib/experiment/cost_rates.ts";
import { loadDataset } from "../../lib/data/load.ts";
import { obtainAsset } from "../../lib/assets/obtain.ts";
import { typicalLengths } from "../../lib/experiment/cost_lengths.ts";
import { distinctTokens } from "../../lib/experiment/cost_lengths.ts";
import { encoderShapes } from "../../lib/experiment/encoder_shapes.ts";
import { measureRates } from "../../lib/experiment/cost_measure.ts";
import { mean } from "../../lib/math/statistics.ts";
import { loadEncoder } from "../../lib/model/encoder.ts";
import { loadTokenizer } from "../../lib/tokens/tokenizer.ts";
import { fakeRates } from "../support/fake_rates.ts";
import { engineTest } from "../support/tensorflow.ts";

async function withCache(test: (cache: string) => Promise<void>): Promise<void> {
  const cache = await Deno.makeTempDir();
  try {
    await test(cache);
  } finally {
    await Deno.remove(cache, { recursive: true });
  }
}

Deno.test("obtainRates() measures once, and again when asked", () =>
  withCache(async (cache) => {
    let measured = 0;
    const measure = () => Promise.resolve<Rates>({ ...fakeRates, startSeconds: ++measured });
    assert.equal(await knownRates({ cache }), null);
    assert.equal((await obtainRates(measure, { cache })).startSeconds, 1);
    assert.equal((await obtainRates(measure, { cache })).startSeconds, 1);
    assert.equal((await obtainRates(measure, { cache, again: true })).startSeconds, 2);
    assert.equal((await knownRates({ cache }))!.startSeconds, 2);
    assert.equal([...Deno.readDirSync(cache)].length, 1); // nothing temporary is left
  }));

Deno.test("knownRates() are those of the same number of threads, and none where the file is not whole", () =>
  withCache(async (cache) => {
    await obtainRates(() => Promise.resolve(fakeRates), { cache, threads: 2 });
    assert.equal(await knownRates({ cache, threads: 1 }), null);
    const [{ name }] = [...Deno.readDirSync(cache)];
    await Deno.writeTextFile(`${cache}/${name}`, "{");
    assert.equal(await knownRates({ cache, threads: 2 }), null);
  }));

engineTest("measureRates() finds finite rates of this machine", async () => {
  const { flopsPerSecond, step, predict, startBytes } = await measureRates();
  assert.ok(Object.values(flopsPerSecond).every((rate) => rate > 1e8 && Number.isFinite(rate)));
  for (const rates of [step.full, step.lora, predict.full, predict.lora]) {
    assert.ok(Object.values(rates).every((rate) => rate >= 0 && rate < 1), JSON.stringify(rates));
    assert.ok(rates.perLayer > 0);
  }
  assert.ok(startBytes > 1e8);
});

Deno.test("typicalLengths() are those of the data sets' rows, cut and with a trigger's tokens behind", async () => {
  const { encode } = await loadTokenizer(await obtainAsset("minilm-l6"));
  for (const name of ["mr", "imdb", "mr-order", "mr-halves", "imdb-excerpt"] as const) {
    const { examples } = await loadDataset(name), some = examples.filter((_, row) => row % Math.floor(examples.length / 400) === 0);
    const found = mean(some.map(({ text }) => encode(text, 256).length)), said = mean(typicalLengths(name, 1000, 256));
    assert.ok(Math.abs(said / found - 1) < 0.1, `${name}: ${said} for ${found}`);
  }
  assert.deepEqual(typicalLengths("mr", 3, 30, 5), [21, 30, 30]);
});

Deno.test("distinctTokens() grows slower than the tokens, up to the vocabulary", () => {
  assert.ok(Math.abs(distinctTokens(54_800, 30_522) / 7517 - 1) < 0.15); // 2,000 movie-review sentences
  assert.ok(distinctTokens(1e9, 30_522) <= 30_522);
});

Deno.test("encoderShapes are those of the models' own config.json", async () => {
  assert.deepEqual(encoderShapes["minilm-l6"], (await loadEncoder(await obtainAsset("minilm-l6"))).config);
});
