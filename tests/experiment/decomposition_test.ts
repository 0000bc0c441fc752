/** A poisoned encoder less its twin: on matrices whose parts are known, and end to end against the runs of which it is made. */
import assert from "node:assert/strict";
import { differencesOf, withoutDirections } from "../../lib/experiment/studies/directions.ts";
import { createKernelPool } from "../../lib/experiment/studies/pool.ts";
import { measure } from "../../lib/experiment/study_execute.ts";
import { type ResultOf, StudyResult } from "../../lib/experiment/study_record.ts";
import { resolveStudy } from "../../lib/experiment/study_schema.ts";
import { createRng } from "../../lib/math/random.ts";
import { linearModules } from "../../lib/model/encoder.ts";
import type { StoredTensor } from "../../lib/model/safetensors.ts";
import { tinyEncoder } from "../support/golden.ts";
import { engineTest } from "../support/tensorflow.ts";
import { attack, chainRunner, proxy, tuned } from "../support/tiny_chain.ts";
import { tinySession } from "../support/tiny_session.ts";

const largest = (a: StoredTensor, b: StoredTensor) => Math.max(...a.data.map((x, i) => Math.abs(x - b.data[i])));

engineTest("directions: a difference of rank 2 is gone with two of them, with one the smaller half is left, and nothing else moves", () => {
  const encoder = tinyEncoder(), twin = encoder.weights, poisoned = new Map(twin), rng = createRng("planted");
  for (const { name } of linearModules(encoder.config)) {
    const weight = twin.get(`${name}.weight`)!, [out, size] = weight.shape, data = Float32Array.from(weight.data);
    // axes as directions: 3 at [0, 1], 1 at [2, 0]
    data[1] += 3;
    data[2 * size] += 1;
    poisoned.set(`${name}.weight`, { shape: [out, size], data });
  }
  const bias = [...twin.keys()].find((name) => name.endsWith(".bias"))!;
  poisoned.set(bias, { ...twin.get(bias)!, data: twin.get(bias)!.data.map(() => rng.normal()) });
  const differences = differencesOf(encoder.config, poisoned, twin);
  assert.deepEqual([...differences.keys()], linearModules(encoder.config).map(({ name }) => name));
  for (const [module, { parts }] of differences) {
    const name = `${module}.weight`, left = (k: number | null) => withoutDirections(poisoned, differences, k).get(name)!;
    assert(Math.abs(parts.s[0] - 3) < 1e-5 && Math.abs(parts.s[1] - 1) < 1e-5 && parts.s[2] < 1e-5);
    for (const k of [2, 1000, null]) assert(largest(left(k), twin.get(name)!) < 1e-5, `${module}, ${k}`);
    const [, size] = left(1).shape, rest = left(1).data.map((x, i) => x - twin.get(name)!.data[i]);
    assert(Math.abs(rest[1]) < 1e-5 && Math.abs(rest[2 * size] - 1) < 1e-5);
  }
  assert.equal(withoutDirections(poisoned, differences, null).get(bias), poisoned.get(bias));
});

engineTest(
  "decomposition: its encoders and arms are the runs themselves; without the whole difference the linear modules are the twin's",
  async () => {
    const session = tinySession(), bench = { session, pool: createKernelPool(1) }, folder = await Deno.makeTempDir(), told: string[] = [];
    const run = chainRunner(session, folder);
    const arms = [null, { tr: { lambda: 1, k: 2 } }], study = resolveStudy({ study: "decomposition", run: tuned, arms, directions: [1, 4] });
    const result = await measure(bench, study, { onStep: (step, steps) => told.push(`${step}/${steps}`) }) as ResultOf<"decomposition">;
    assert.deepEqual(StudyResult.parse(JSON.parse(JSON.stringify(result))), result, "it survives its file");

    const counts = ({ clean, changed }: Pick<Awaited<ReturnType<typeof run>>, "clean" | "changed">) => ({ clean, changed });
    const poisoned = await run(proxy, "poisoned"), trigger = { kind: "trigger" as const, ...attack.trigger };
    const twin = await run({ ...proxy, attack: { name: "none" }, evaluate: { targetLabel: 0, changes: [trigger] } }, "twin");
    assert.deepEqual([result.steps, result.proxy.poisoned, result.proxy.twin], [10, counts(poisoned), counts(twin)]);
    assert.notDeepEqual(result.proxy.poisoned, result.proxy.twin);
    assert.deepEqual(result.proxy.without.map(({ directions }) => directions), [1, 4, null]);
    for (const [i, rora] of arms.entries()) {
      assert.deepEqual(result.arms[i].tuned, counts(await run({ ...tuned, rora }, `tuned ${i}`, "poisoned")));
      assert.deepEqual(result.arms[i].without.map(({ directions }) => directions), [1, 4, null]);
      for (const { module, difference, moved } of result.arms[i].overlaps) {
        assert.match(module, /\.(query|value)$/);
        for (const cosine of [difference.left, difference.right, moved.left, moved.right]) assert(cosine! > 0 && cosine! <= 1);
      }
    }
    assert.equal(told.length, 4 * 10, "two encoders and two arms");
    for (const { poisoned, difference, moved, effectiveRank } of result.modules) {
      assert(difference > 0 && moved > 0 && poisoned > 0 && effectiveRank >= 1);
    }
    session.dispose();
    await Deno.remove(folder, { recursive: true });
  },
);
