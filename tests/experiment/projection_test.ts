/** What rank and size do by themselves: on matrices whose parts are known, and end to end against the runs of which the study is made. */
import assert from "node:assert/strict";
import { differencesOf, withLeading } from "../../lib/experiment/studies/directions.ts";
import { createKernelPool } from "../../lib/experiment/studies/pool.ts";
import { measure } from "../../lib/experiment/study_execute.ts";
import { type ResultOf, StudyResult } from "../../lib/experiment/study_record.ts";
import { resolveStudy } from "../../lib/experiment/study_schema.ts";
import { createRng } from "../../lib/math/random.ts";
import { linearModules } from "../../lib/model/encoder.ts";
import type { StoredTensor } from "../../lib/model/safetensors.ts";
import { tinyEncoder } from "../support/golden.ts";
import { engineTest } from "../support/tensorflow.ts";
import { chainRunner, proxy, tuned } from "../support/tiny_chain.ts";
import { tinySession } from "../support/tiny_session.ts";

const largest = (a: StoredTensor, b: StoredTensor) => Math.max(...a.data.map((x, i) => Math.abs(x - b.data[i])));

engineTest("projection: at rank 0 a linear module is the start's, at its width the trained one, between them the best of that rank", () => {
  const { config, weights: start } = tinyEncoder(), rng = createRng("moved");
  const trained = new Map([...start].map(([name, { shape, data }]) => [name, { shape, data: data.map((x) => x + 0.1 * rng.normal()) }]));
  const differences = differencesOf(config, trained, start), projected = (rank: number) => withLeading(trained, start, differences, rank);
  for (const [module, { parts: { s } }] of differences) {
    const name = `${module}.weight`, at = (rank: number) => projected(rank).get(name)!;
    assert.equal(largest(at(0), start.get(name)!), 0);
    assert(largest(at(1000), trained.get(name)!) < 1e-5);
    // Eckart and Young: what rank 2 leaves has the norm of the other singular values
    const left = Math.hypot(...at(2).data.map((x, i) => trained.get(name)!.data[i] - x));
    assert(Math.abs(left - Math.hypot(...s.slice(2))) < 1e-5 * Math.hypot(...s), `${module}: ${left}`);
  }
  const linear = new Set(linearModules(config).map(({ name }) => `${name}.weight`));
  for (const [name, tensor] of projected(0)) assert.equal(tensor === trained.get(name), !linear.has(name), name);
});

engineTest(
  "projection: its fine-tunings are the runs themselves, and LoRA's rescaled update has full fine-tuning's norm in every module",
  async () => {
    const session = tinySession(), bench = { session, pool: createKernelPool(1) }, folder = await Deno.makeTempDir(), told: string[] = [];
    const run = chainRunner(session, folder), full = { ...tuned, method: { name: "full" as const } };
    const study = resolveStudy({ study: "projection", run: tuned, full, ranks: [0, 2, 1000] });
    const result = await measure(bench, study, { onStep: (step, steps) => told.push(`${step}/${steps}`) }) as ResultOf<"projection">;
    assert.deepEqual(StudyResult.parse(JSON.parse(JSON.stringify(result))), result, "it survives its file");
    assert.equal(told.length, 3 * 10, "an encoder and two fine-tunings");

    const counts = ({ clean, changed }: Pick<Awaited<ReturnType<typeof run>>, "clean" | "changed">) => ({ clean, changed });
    await run(proxy, "poisoned");
    const [ofFull, ofLora] = [await run(full, "full", "poisoned"), await run(tuned, "lora", "poisoned")].map(counts);
    assert.deepEqual([result.steps, result.full, result.lora], [10, ofFull, ofLora]);
    assert.deepEqual(result.projected.map(({ rank }) => rank), [0, 2, 1000]);
    assert.deepEqual(result.projected[2].evaluated, ofFull, "the whole update");

    const adapted = result.modules.filter(({ lora }) => lora !== null);
    assert(adapted.length > 0 && adapted.every(({ module }) => /\.(query|value)$/.test(module)));
    for (const { pretrained, full, lora, rescaled } of result.modules) {
      assert(pretrained > 0);
      for (const change of [full, lora, rescaled].filter((change) => change !== null)) {
        assert(change.largest > 0 && change.largest <= change.norm * (1 + 1e-6));
        assert([change.left, change.right].every((cosine) => cosine > 0 && cosine <= 1 + 1e-6));
      }
      if (!lora || !rescaled) continue;
      assert(Math.abs(rescaled.norm / full.norm - 1) < 1e-5);
      assert(Math.abs(rescaled.largest / rescaled.norm - lora.largest / lora.norm) < 1e-5, "one factor for the whole update");
    }
    session.dispose();
    await Deno.remove(folder, { recursive: true });
  },
);
