/** Small models with tangents, and their gradients the plain way: one example and one class score at a time. */
import { createAdapter } from "../../lib/adapter/create.ts";
import type { Method } from "../../lib/adapter/method.ts";
import type { Matrix } from "../../lib/math/matrix.ts";
import { createRng } from "../../lib/math/random.ts";
import { logits } from "../../lib/model/bert.ts";
import type { StoredTensor } from "../../lib/model/safetensors.ts";
import type { TangentModel } from "../../lib/ntk/encoder_tangents.ts";
import { tf } from "../../lib/tensor/tf.ts";
import type { Sequence } from "../../lib/tokens/batch.ts";
import { tinyEncoder } from "./golden.ts";

export const lora: Extract<Method, { name: "lora" }> = {
  name: "lora",
  rank: 3,
  alpha: 6,
  targets: "all",
  dropout: 0,
  init: "gaussian",
  initVariance: 1 / 3,
  zero: "B",
  trainA: true,
};

/** The encoder of formulas with a method's adapter. `moved`: B is not at 0 but drawn, as after training. */
export function tinyModel(method: Method, { moved = false, head = "frozen" as "frozen" | "trained", classes = 2, seed = 1 } = {}): TangentModel {
  const encoder = tinyEncoder(), adapter = createAdapter(method, encoder, { classes, head }, createRng(seed));
  const rng = createRng("moved");
  const weights = new Map(
    [...adapter.trained].filter(([name]) => moved && name.endsWith(".lora_B")).map(([name, { shape, data }]): [string, StoredTensor] => {
      const draws = rng.fork(name);
      return [name, { shape, data: data.map(() => 0.1 * draws.normal()) }];
    }),
  );
  return { config: encoder.config, adapter, method, weights };
}

/** Rows of several lengths, so that a batch has padding. */
export function tinySequences(n: number): Sequence[] {
  return Array.from({ length: n }, (_, row) => ({
    ids: Int32Array.from({ length: 3 + (5 * row) % 11 }, (_, i) => 1 + (7 * row + 3 * i) % 49),
    label: row % 2,
  }));
}

/** Gradients of each class score of each example: by trained tensor, a row i c + k of each: [n c, p]. */
export function explicitJacobian({ config, adapter, weights }: TangentModel, sequences: readonly Sequence[]): Map<string, Matrix> {
  const values = new Map([...adapter.frozen, ...adapter.fixed, ...adapter.trained, ...(weights ?? [])]);
  const [c] = values.get("classifier.weight")!.shape, names = [...adapter.trained.keys()];
  const jacobian = new Map(names.map((name) => {
    const cols = values.get(name)!.data.length, rows = sequences.length * c;
    return [name, { rows, cols, data: new Float64Array(rows * cols) }];
  }));
  tf.tidy(() => {
    const tensors = new Map([...values].map(([name, { data, shape }]) => [name, tf.tensor(data, [...shape])]));
    for (const [i, { ids }] of sequences.entries()) {
      const batch = { ids: tf.tensor2d(ids, [1, ids.length], "int32"), mask: tf.ones([1, ids.length]) };
      for (let k = 0; k < c; k++) {
        const score = (...trained: tf.Tensor[]) => {
          const weight = (name: string) => trained[names.indexOf(name)] ?? tensors.get(name)!;
          return tf.sum(tf.slice(logits({ config, weight, linear: (name, x) => adapter.linear(weight, name, x) }, batch), [0, k], [1, 1]));
        };
        tf.grads(score)(names.map((name) => tensors.get(name)!)).forEach((gradient, at) => {
          const { cols, data } = jacobian.get(names[at])!;
          data.set(gradient.dataSync(), (i * c + k) * cols);
        });
      }
    }
  });
  return jacobian;
}

/** J J^T. */
export function gramOf({ rows, cols, data }: Matrix): Matrix {
  const gram = new Float64Array(rows * rows);
  for (let a = 0; a < rows; a++) {
    for (let b = 0; b < rows; b++) {
      for (let p = 0; p < cols; p++) gram[a * rows + b] += data[a * cols + p] * data[b * cols + p];
    }
  }
  return { rows, cols: rows, data: gram };
}
