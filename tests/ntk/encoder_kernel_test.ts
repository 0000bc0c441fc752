import assert from "node:assert/strict";
import type { Matrix } from "../../lib/math/matrix.ts";
import { linearModules } from "../../lib/model/encoder.ts";
import { createKernels, encoderKernel } from "../../lib/ntk/encoder_kernel.ts";
import { spectrumOf } from "../../lib/ntk/spectrum.ts";
import { assertClose } from "../support/close.ts";
import { explicitJacobian, gramOf, lora, tinyModel, tinySequences } from "../support/tangents.ts";
import { engineTest, leaksNothing } from "../support/tensorflow.ts";

const models = {
  "full fine-tuning": tinyModel({ name: "full" }),
  "LoRA at B = 0": tinyModel(lora),
  "LoRA at B != 0": tinyModel(lora, { moved: true }),
  "LoRA of rank 20, whose factors are held": tinyModel({ ...lora, rank: 20, alpha: 20 }, { moved: true }),
  "LoRA of query and value, the head trained, three classes": tinyModel({ ...lora, targets: "qv" }, { moved: true, head: "trained", classes: 3 }),
  "LoRA from A = 0": tinyModel({ ...lora, zero: "A" }),
  "LoRA with A kept": tinyModel({ ...lora, trainA: false }, { moved: true }),
};

const largest = ({ data }: Matrix) => data.reduce((most, x) => Math.max(most, Math.abs(x)), 0);

for (const [what, model] of Object.entries(models)) {
  engineTest(`encoderKernel() equals the explicit Jacobian's products: ${what}`, async (engine) => {
    const sequences = tinySequences(9), jacobian = explicitJacobian(model, sequences);
    const kernels = createKernels(model, 4), kernel = await kernels.kernel(sequences); // three batches, the last with filler
    kernels.dispose();
    assert.deepEqual([...kernel.parts.keys()], [...model.adapter.trained.keys()]);
    for (const [name, part] of kernel.parts) {
      const expected = gramOf(jacobian.get(name)!);
      // The key's bias changes no attention: what both sides find is rounding.
      const scale = name.endsWith("key.bias") ? 1 : largest(expected);
      assertClose(part.data, expected.data, 1e-5 * scale, name);
    }
    const whole = [...jacobian.values()].map(gramOf).reduce(
      (sum, { data }) => sum.map((x, at) => x + data[at]),
      new Float64Array(kernel.total.data.length),
    );
    assertClose(kernel.total.data, whole, 1e-5 * largest(kernel.total), "total");
    await leaksNothing(engine, async () => void await encoderKernel(model, sequences));
  });
}

engineTest("a kernel is symmetric and positive semidefinite, and each trained tensor's part is", async () => {
  for (const model of [models["full fine-tuning"], models["LoRA at B != 0"]]) {
    const { total, parts } = await encoderKernel(model, tinySequences(9));
    for (const [name, kernel] of [["total", total] as const, ...parts]) {
      const spectrum = spectrumOf(kernel); // which checks symmetry
      assert(spectrum.at(-1)! >= -1e-6 * Math.max(spectrum[0], 1e-6), `${name}: ${spectrum.at(-1)}`);
    }
  }
});

engineTest("at B = 0 LoRA's part of a module is full fine-tuning's with s^2 u^T A^T A u' for u^T u' (paper A, equation 14)", async () => {
  const model = models["LoRA at B = 0"], sequences = tinySequences(4), jacobian = explicitJacobian(tinyModel({ name: "full" }), sequences);
  const { parts, scale, c } = await encoderKernel(model, sequences);
  for (const { name, in: size, out } of linearModules(model.config)) {
    // The gradient of the whole weight is sum_t v_t u_t^T; LoRA's B has s times it times A^T.
    const { data, rows } = jacobian.get(`${name}.weight`)!, a = model.adapter.trained.get(`${name}.lora_A`)!.data, rank = a.length / size;
    const projected = { rows, cols: out * rank, data: new Float64Array(rows * out * rank) };
    for (let at = 0; at < rows * out; at++) {
      for (let r = 0; r < rank; r++) for (let j = 0; j < size; j++) projected.data[at * rank + r] += data[at * size + j] * a[r * size + j];
    }
    const expected = gramOf(projected).data.map((x) => scale ** 2 * x);
    assertClose(parts.get(`${name}.lora_B`)!.data, expected, 1e-5 * Math.max(...expected), name);
    assert(parts.get(`${name}.lora_A`)!.data.every((x) => x === 0), name);
  }
  assert.deepEqual([scale, c], [2, 2]);
});

engineTest("a kernel does not depend on how its rows are cut into batches, nor on their order", async () => {
  const model = models["LoRA at B != 0"], sequences = tinySequences(7), { total } = await encoderKernel(model, sequences);
  const kernels = createKernels(model, 3), reversed = (await kernels.kernel(sequences.toReversed())).total;
  kernels.dispose();
  assertClose(reversed.data.toReversed(), exchanged(total).data, 1e-5 * largest(total));
});

/** The two class scores of every row exchanged, as reading backwards does. */
function exchanged({ rows, cols, data }: Matrix): Matrix {
  return { rows, cols, data: data.map((_, at) => data[(Math.floor(at / cols) ^ 1) * cols + (at % cols ^ 1)]) };
}

engineTest("moving to an adapter of another kind is an error", () => {
  const kernels = createKernels(models["LoRA at B = 0"]);
  assert.throws(() => kernels.move(models["full fine-tuning"]), {
    name: "TypeError",
    message: 'Cannot move to the adapter as its kind must be "lora, scale 2": "full"',
  });
  kernels.dispose();
});
