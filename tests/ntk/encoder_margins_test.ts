/** What a module contributes to a row's margin, against the margin's plain gradient by the module's whole weight. */
import assert from "node:assert/strict";
import { mergeAdapter } from "../../lib/adapter/merge.ts";
import { matrixFrom } from "../../lib/adapter/leading.ts";
import { multiply } from "../../lib/math/matrix.ts";
import { linearModules } from "../../lib/model/encoder.ts";
import { marginGradients } from "../../lib/ntk/encoder_margins.ts";
import { svd } from "../../lib/tensor/linalg.ts";
import { assertClose } from "../support/close.ts";
import { explicitJacobian, lora, tinyModel, tinySequences } from "../support/tangents.ts";
import { engineTest, leaksNothing } from "../support/tensorflow.ts";

const model = tinyModel(lora, { moved: true, classes: 3 }), modules = linearModules(model.config).map(({ name }) => name), target = 2;

/** The margin's gradient by a module's whole weight, row by row: [out, in] each. */
function wholeGradients(): (module: string, row: number) => { rows: number; cols: number; data: Float64Array } {
  const { adapter, weights } = model, trained = new Map([...adapter.trained, ...weights!]);
  const plain = tinyModel({ name: "full" }, { classes: 3 }), merged = mergeAdapter(lora, plain.adapter.trained, trained, adapter.fixed);
  const jacobian = explicitJacobian({ ...plain, weights: merged }, rows);
  return (module, row) => {
    const { cols: size, data } = jacobian.get(`${module}.weight`)!, [out, width] = merged.get(`${module}.weight`)!.shape;
    const of = (k: number) => data.subarray((3 * row + k) * size, (3 * row + k + 1) * size), [own, other] = [of(rows[row].label), of(target)];
    return { rows: out, cols: width, data: own.map((x, i) => x - other[i]) };
  };
}
const rows = tinySequences(9);

engineTest("marginGradients() are the margin's gradient by W, times W and times B A, and its nuclear norm", async (engine) => {
  const found = await marginGradients(model, modules, rows, target), gradientOf = wholeGradients();
  assert.deepEqual([...found.keys()], modules);
  const { adapter, weights } = model, dot = (a: ArrayLike<number>, b: ArrayLike<number>) => Array.from(a).reduce((sum, x, i) => sum + x * b[i], 0);
  for (const [module, own] of found) {
    const [b, a] = ["lora_B", "lora_A"].map((factor) =>
      matrixFrom((weights!.get(`${module}.${factor}`) ?? adapter.trained.get(`${module}.${factor}`))!)
    );
    const update = multiply(b, a).data, weight = tinyModel({ name: "full" }, { classes: 3 }).adapter.trained.get(`${module}.weight`)!.data;
    own.forEach(({ pretrained, update: byUpdate, size }, row) => {
      const gradient = gradientOf(module, row), scale = Math.sqrt(dot(gradient.data, gradient.data));
      assert(scale > 0, `${module}, row ${row}`);
      const tolerance = (by: ArrayLike<number>) => 1e-5 * scale * Math.sqrt(dot(by, by));
      assertClose(pretrained, dot(gradient.data, weight), tolerance(weight), `${module}, W, row ${row}`);
      assertClose(byUpdate, dot(gradient.data, update), tolerance(update), `${module}, B A, row ${row}`);
      assertClose(size, svd(gradient).s.reduce((sum, value) => sum + value), 1e-4 * scale, `${module}, |G|_*, row ${row}`);
    });
  }
  await leaksNothing(engine, async () => void await marginGradients(model, modules, rows, target));
});
