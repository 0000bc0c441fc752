import assert from "node:assert/strict";
import { stepFlops } from "../../bench/flops.ts";
import { type Architecture, trainedParameters, workOf } from "../../lib/experiment/cost_flops.ts";
import { linearModules } from "../../lib/model/encoder.ts";
import { encoderShapes } from "../../lib/experiment/encoder_shapes.ts";

const encoder = encoderShapes["minilm-l6"], shape = { n: 32, t: 24 };
const full: Architecture = { encoder, classes: 2, method: { name: "full" }, head: "trained" };
const lora: Architecture = { encoder, classes: 2, method: { name: "lora", rank: 8, targets: "all" }, head: "frozen" };

Deno.test("workOf() counts the products of a step as the benchmark does", () => {
  assert.equal(workOf(full, shape, "step").flops, stepFlops(encoder, { ...shape, classes: 2, rank: null }, "ours"));
  assert.equal(workOf(lora, shape, "step").flops, stepFlops(encoder, { ...shape, classes: 2, rank: 8 }, "ours"));
});

Deno.test("workOf() counts a hand-made encoder's prediction", () => {
  const one = { ...encoder, layers: 1, width: 4, heads: 1, innerWidth: 8 }, [n, t] = [2, 3];
  const onAll = 2 * (2 * n * t * 4 * 4), onFirst = 2 * (2 * n * 4 * 4) + 2 * (2 * n * 4 * 8); // key, value; query, output; the two inner ones
  const head = 2 * n * 4 * 4 + 2 * n * 4 * 2, attention = 2 * (2 * n * t * 4);
  assert.equal(workOf({ ...full, encoder: one }, { n, t }, "predict").flops, onAll + onFirst + head + attention);
});

Deno.test("workOf(): full fine-tuning goes through every weight in a step and through none by itself in a prediction", () => {
  assert.equal(workOf(full, shape, "step").weights, 22_713_986); // the published records' trainableParameters
  assert.equal(workOf(full, shape, "predict").weights, 0);
  assert.equal(workOf(lora, shape, "step").weights, workOf(lora, shape, "predict").weights);
  assert.equal(workOf(lora, shape, "step").weights, 6 * 12 * 384 * 384 + 384 * 384 + 384 * 2);
});

Deno.test("workOf(): every low-rank method forms its sums in a step and in a prediction, as LoRA does", () => {
  for (const kind of ["step", "predict"] as const) {
    for (const name of ["pissa", "olora", "dora"] as const) {
      const method = { name, rank: 8, targets: "all" } as const;
      assert.deepEqual(workOf({ ...lora, method }, shape, kind), workOf(lora, shape, kind), `${name}, ${kind}`);
    }
  }
});

Deno.test("workOf(): query and value alone are fewer weights and thin products, the same dense ones", () => {
  const some: Architecture = { ...lora, method: { name: "lora", rank: 8, targets: "qv" } };
  assert.equal(workOf(some, shape, "step").weights, 12 * 384 * 384);
  assert.ok(workOf(some, shape, "step").flops < workOf(lora, shape, "step").flops);
  assert.equal(workOf(some, shape, "step").activations, workOf(lora, shape, "step").activations);
});

Deno.test("workOf(): full fine-tuning of query and value alone saves the other weights' gradients, and the first layer's inputs'", () => {
  const some: Architecture = { ...full, method: { name: "full", only: "qv" } };
  const product = (name: RegExp, each: number) => linearModules(encoder).filter((module) => name.test(module.name)).length * each;
  const { n, t } = shape, square = 2 * 384 * 384, wide = 2 * 384 * 1536;
  // in every layer but the last all rows ask; pooler and the last layer's query, outputs and inner products are [CLS]'s
  const others = product(/^(?!.*layer\.5\.).*(self\.key|attention\.output\.dense)$/, n * t * square) + n * t * square + n * square +
    product(/^(?!.*layer\.5\.).*\d\.(intermediate|output)\.dense$/, n * t * wide) + 2 * n * wide + n * square;
  const inputs = 3 * n * t * square;
  assert.equal(workOf(full, shape, "step").flops - workOf(some, shape, "step").flops, others + inputs);
});

Deno.test("workOf(): twice the rows are twice the activations; longer rows are more than in proportion", () => {
  const activations = (n: number, t: number) => workOf(lora, { n, t }, "step").activations;
  assert.equal(activations(64, 24), 2 * activations(32, 24));
  assert.ok(activations(32, 48) > 1.99 * activations(32, 24));
  assert.ok(activations(8, 256) > activations(64, 32)); // scores: h t a row
});

Deno.test("trainedParameters() is what the published records say", () => {
  assert.equal(trainedParameters(full), 22_713_986);
  assert.equal(trainedParameters(lora), 341_008);
  assert.equal(trainedParameters({ ...full, method: { name: "full", only: "qv" } }), 12 * 384 * 384 + 2 * 385);
  const headTrained = (name: "lora" | "pissa" | "dora"): Architecture => ({ ...lora, method: { name, rank: 8, targets: "qv" }, head: "trained" });
  assert.deepEqual((["lora", "pissa", "dora"] as const).map((name) => trainedParameters(headTrained(name))), [74_498, 74_498, 79_106]);
});
