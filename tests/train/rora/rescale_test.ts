/** Pt: which scale a module gets, what its weight then is, and what stays. */
import assert from "node:assert/strict";
import { addProduct } from "../../../lib/adapter/low_rank.ts";
import { mergeAdapter } from "../../../lib/adapter/merge.ts";
import type { LowRankMethod } from "../../../lib/adapter/method.ts";
import type { StoredTensor } from "../../../lib/model/safetensors.ts";
import { svd } from "../../../lib/tensor/linalg.ts";
import { adaptedModules } from "../../../lib/train/rora/modules.ts";
import { rescale } from "../../../lib/train/rora/rescale.ts";
import type { PostTraining } from "../../../lib/train/rora/rora.ts";
import { createTrainer } from "../../../lib/train/trainer.ts";
import { assertClose, largestDifference } from "../../support/close.ts";
import { goldenBatch, readGolden, tinyEncoder } from "../../support/golden.ts";
import { adapterCase, methodOf, roraMethod } from "../../support/golden_adapters.ts";
import { engineTest } from "../../support/tensorflow.ts";

const encoder = tinyEncoder(), batch = goldenBatch(readGolden("tiny").batches[0]), usual = 6 / 4;
const names = ["lora", "dora", "pissa", "olora"] as const;
const pt = (change: Partial<PostTraining> = {}): PostTraining => ({
  layers: 1,
  place: "top",
  delta: "BA-B0A0",
  weight: "pretrained",
  scale: "spectral",
  ...change,
});

/** An adapter whose factors have moved, by a formula. */
function moved(name: LowRankMethod["name"], targets: "qv" | "all" = "qv") {
  const golden = { ...roraMethod, name, targets }, adapter = adapterCase(encoder, golden);
  const trained = new Map([...adapter.trained].map(([key, { shape, data }]): [string, StoredTensor] => {
    return [key, { shape, data: key.includes(".lora_") ? data.map((x, k) => x + 0.2 * Math.cos(1 + k)) : data }];
  }));
  return { method: methodOf(golden), adapter, trained, fixed: adapter.fixed, modules: adaptedModules(encoder.config, trained) };
}
type Moved = ReturnType<typeof moved>;

const weightOf = (tensors: ReadonlyMap<string, StoredTensor>, module: string) => tensors.get(`${module}.weight`)!;
const pretrained = (module: string) => weightOf(encoder.weights, module);
const sigma = (data: ArrayLike<number>) => svd({ rows: 16, cols: 16, data: Float64Array.from(data) }).s[0];
/** B A, or what has changed of it. */
function delta({ trained, adapter }: Moved, module: string, since: boolean): Float64Array {
  const zero = { shape: [16, 16], data: new Float32Array(256) },
    at = (tensors: typeof trained) => {
      const [b, a] = ["lora_B", "lora_A"].map((part) => tensors.get(`${module}.${part}`)!);
      return addProduct(zero, b, a, 1);
    };
  const start = at(adapter.trained as typeof trained);
  return at(trained).map((x, k) => x - (since ? start[k] : 0));
}

for (const name of names) {
  engineTest(`rescale() makes the update as large as the pretrained weight in the top blocks, and leaves the others alone: ${name}`, () => {
    const own = moved(name), since = name === "pissa" || name === "olora", found = rescale(own.method, encoder, own, pt());
    const { scales } = found, [low, top] = [own.modules.slice(0, 2), own.modules.slice(2)];
    assert.deepEqual([...scales.keys()], top);
    for (const module of top) {
      const change = delta(own, module, since), scale = scales.get(module)!;
      assertClose(scale * sigma(change), sigma(pretrained(module).data), 1e-5 * sigma(pretrained(module).data), module);
      if (name === "dora") continue; // its rows have the lengths that it trained, below
      const merged = weightOf(mergeAdapter(own.method, encoder.weights, found.trained, found.fixed), module);
      assertClose(merged.data, change.map((x, k) => pretrained(module).data[k] + scale * x), 2e-5, module);
    }
    for (const [key, tensor] of [...own.trained, ...own.fixed]) {
      if (low.some((module) => key.startsWith(module)) || key.startsWith("classifier") || key.endsWith("lora_A")) {
        assert.equal(found.trained.get(key) ?? found.fixed.get(key), tensor, key);
      }
    }
  });

  engineTest(`rescale() with one scale for all, the usual one, changes nothing: ${name}`, async () => {
    const own = moved(name), same = rescale(own.method, encoder, own, pt({ layers: 2, scale: usual }));
    const larger = rescale(own.method, encoder, own, pt({ layers: 2, scale: 4 * usual }));
    assert.deepEqual([...larger.scales], own.modules.map((module) => [module, 4 * usual]));
    const trainer = createTrainer(encoder.config, { ...own.adapter, trained: own.trained }), before = await trainer.logits(batch);
    const logits = async ({ trained, fixed }: typeof same) => {
      // `fixed` holds all that rescaling moves; what does not differ between runs is frozen, and stays.
      trainer.reset({ ...own.adapter, trained, fixed });
      return await trainer.logits(batch);
    };
    assertClose(await logits(same), before, 2e-6);
    assert(largestDifference(await logits(larger), before).by > 1e-3);
    trainer.dispose();
  });
}

engineTest("rescale() of B A whole scales what PiSSA and OLoRA took out of the weight as well", () => {
  for (const name of ["pissa", "olora"] as const) {
    const own = moved(name),
      found = rescale(own.method, encoder, own, pt({ delta: "BA" })),
      module = own.modules[3],
      scale = found.scales.get(module)!;
    const whole = delta(own, module, false), left = weightOf(own.fixed, module).data;
    assertClose(scale * sigma(whole), sigma(pretrained(module).data), 1e-5 * sigma(pretrained(module).data), name);
    const merged = weightOf(mergeAdapter(own.method, encoder.weights, found.trained, found.fixed), module);
    assertClose(merged.data, whole.map((x, k) => left[k] + scale * x), 2e-5, name);
    assert.deepEqual(found.fixed, own.fixed);
  }
});

engineTest("rescale() by what is left of the weight has PiSSA's residual on top: the singular value behind those that the factors took", () => {
  const own = moved("pissa"), module = own.modules[3], { scales } = rescale(own.method, encoder, own, pt({ weight: "residual" }));
  const values = svd({ rows: 16, cols: 16, data: Float64Array.from(pretrained(module).data) }).s;
  assertClose(scales.get(module)! * sigma(delta(own, module, true)), values[own.method.rank], 1e-5 * values[0]);
  const { scales: ofOlora } = rescale(moved("olora").method, encoder, moved("olora"), pt({ weight: "residual" })), olora = moved("olora");
  assertClose(ofOlora.get(module)! * sigma(delta(olora, module, true)), sigma(weightOf(olora.fixed, module).data), 1e-5 * values[0]);
  const lora = moved("lora");
  assert.deepEqual(rescale(lora.method, encoder, lora, pt({ weight: "residual" })).scales, rescale(lora.method, encoder, lora, pt()).scales);
});

engineTest("rescale() turns DoRA's rows, and leaves them as long as they were trained to be", () => {
  const own = moved("dora"), found = rescale(own.method, encoder, own, pt()), module = own.modules[2];
  const merged = weightOf(mergeAdapter(own.method, encoder.weights, found.trained, found.fixed), module).data;
  const lengths = Array.from({ length: 16 }, (_, i) => Math.hypot(...merged.subarray(16 * i, 16 * i + 16)));
  assertClose(lengths, own.trained.get(`${module}.lora_magnitude`)!.data, 1e-5);
  assert(largestDifference(merged, weightOf(mergeAdapter(own.method, encoder.weights, own.trained, own.fixed), module).data).by > 1e-2);
});

engineTest("rescale() knows the blocks among all modules: neither pooler nor classifier is in one", () => {
  const own = moved("lora", "all"), top = own.modules.filter((name) => name.startsWith("encoder.layer.1."));
  assert.deepEqual([...rescale(own.method, encoder, own, pt()).scales.keys()], top);
  assert.equal(top.length, 6);
});

Deno.test("rescale() keeps alpha / r where nothing was learnt", () => {
  for (const name of ["pissa", "olora"] as const) {
    const own = moved(name), start = { ...own, trained: own.adapter.trained }, found = rescale(own.method, encoder, start, pt({ layers: 2 }));
    assert.deepEqual([found.scales.size, found.trained, found.fixed], [0, own.adapter.trained, own.fixed]);
  }
  const own = moved("lora"),
    zero = new Map([...own.trained].map(([key, { shape, data }]) => [key, { shape, data: key.endsWith("_B") ? data.map(() => 0) : data }]));
  assert.equal(rescale(own.method, encoder, { ...own, trained: zero }, pt()).scales.size, 0);
});

Deno.test("rescale() has the scale of matrices M: 6.680467", () => {
  const module = "encoder.layer.1.attention.self.query", stored = (shape: number[], ...data: number[]) => ({ shape, data: Float32Array.from(data) });
  const weights = new Map(encoder.weights).set(`${module}.weight`, stored([3, 3], 1.2, 0.5, -0.3, 0.4, 0.9, 0.2, -0.1, 0.3, 0.7));
  const trained = new Map([
    [`${module}.lora_A`, stored([2, 3], 0.2, 0.1, -0.3, 0, 0.5, 0.1)],
    [`${module}.lora_B`, stored([3, 2], 0.1, -0.2, 0.3, 0.05, 0, 0.4)],
  ]);
  const found = rescale(methodOf(roraMethod), { ...encoder, weights }, { trained, fixed: new Map() }, pt());
  assertClose(found.scales.get(module)!, 6.680467, 1e-5);
});
