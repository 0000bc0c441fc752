/** The kernel of the real encoder against torch.func's Jacobian in float64. */
import assert from "node:assert/strict";
import { obtainAsset } from "../../lib/assets/obtain.ts";
import { loadEncoder } from "../../lib/model/encoder.ts";
import type { StoredTensor } from "../../lib/model/safetensors.ts";
import { encoderKernel } from "../../lib/ntk/encoder_kernel.ts";
import type { TangentModel } from "../../lib/ntk/encoder_tangents.ts";
import { assertClose } from "../support/close.ts";
import { goldenAdapter, type GoldenCase, goldenLora } from "../support/golden.ts";
import { root } from "../support/modules.ts";
import { engineTest } from "../support/tensorflow.ts";

interface GoldenKernels {
  readonly ids: number[][];
  readonly cases: Record<"full" | "lora", { total: number[][]; traces: Record<string, number> }>;
}

const golden: GoldenKernels = JSON.parse(await Deno.readTextFile(`${root}tests/golden/kernels.json`));
const sequences = golden.ids.map((ids, row) => ({ ids: Int32Array.from(ids), label: row % 2 }));
const encoder = await loadEncoder(await obtainAsset("minilm-l6"));

const lora = { name: "lora", targets: "all", rank: 8, alpha: 16, head: "frozen" } as const;
const modelOf = (method: GoldenCase["method"]): TangentModel => {
  const adapter = goldenAdapter(encoder, { method } as GoldenCase);
  const moved = [...adapter.trained].filter(([name]) => name.endsWith(".lora_B"))
    .map(([name, { shape, data }]): [string, StoredTensor] => [name, { shape, data: data.map((_, k) => 0.02 * Math.sin(0.25 + k)) }]);
  return { config: encoder.config, adapter, method: method.name === "lora" ? goldenLora(method) : method, weights: new Map(moved) };
};

for (const [name, model] of Object.entries({ full: modelOf({ name: "full" }), lora: modelOf(lora) })) {
  engineTest(`encoderKernel() agrees with the reference on the real encoder: ${name}`, async () => {
    const { total, traces } = golden.cases[name as "full"], kernel = await encoderKernel(model, sequences);
    const largest = Math.max(...total.flat());
    assertClose(kernel.total.data, total.flat(), 1e-5 * largest, "total");
    assert.deepEqual(new Set(kernel.parts.keys()), new Set(Object.keys(traces)));
    for (const [tensor, { data, cols }] of kernel.parts) {
      const trace = Array.from({ length: cols }, (_, a) => data[a * (cols + 1)]).reduce((sum, x) => sum + x, 0);
      assertClose(trace, traces[tensor], 2e-5 * traces[tensor] + 1e-9 * largest, `trace of ${tensor}`);
    }
  });
}
