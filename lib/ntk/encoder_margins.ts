/**
 * Proposition 4.2 of paper B inside an encoder: what the pretrained weight and the update of a module contribute to a row's margin
 * M = z_y - z_target, to first order in that module's weight. With x_t what the module is given at token t and c_t the gradient of M at
 * its output, M moves with W along G = sum_t c_t x_t^T, and the contributions are <G, W> = sum_t <c_t, W x_t> and <G, B A>. No weight of
 * largest singular value sigma contributes more than |G|_* sigma (nuclear norm), which for one token is the paper's |c| |x| sigma.
 */
import { type Matrix, transpose } from "../math/matrix.ts";
import { lowRankSigma } from "../spectral/low_rank.ts";
import { compile } from "../tensor/compile.ts";
import { tf } from "../tensor/tf.ts";
import type { Sequence } from "../tokens/batch.ts";
import { evaluationBatches } from "../tokens/batching.ts";
import { createTangents, type TangentModel } from "./encoder_tangents.ts";

/** Of one row at one module. */
export interface MarginGradient {
  /** <G, W>, the pretrained weight's, bias left out. */
  readonly pretrained: number;
  /** <G, B A>, the update's at scale 1. */
  readonly update: number;
  /** |G|_*. */
  readonly size: number;
}

/** Rows of a batch: what comes back holds every module's inputs and gradients. */
const batchSize = 16;

/**
 * @param model with LoRA, at the weights where the margin is differentiated
 * @param modules with a pretrained weight and factors, by name
 * @param rows of other classes than the target
 * @return by module, in the rows' order
 */
export async function marginGradients(
  model: TangentModel,
  modules: readonly string[],
  rows: readonly Sequence[],
  target: number,
): Promise<Map<string, MarginGradient[]>> {
  const tangents = createTangents(model), { classes } = tangents;
  const compute = compile((ids, mask, directions, ...weights) => {
    const { taps, get } = tangents.tap(ids, mask, weights), [n] = ids.shape;
    return modules.flatMap((module) => {
      const { input, gradients } = taps.modules.get(module)!, tokens = input.shape[0] / n;
      const of = (x: tf.Tensor) => tf.reshape(x, [n, tokens, -1]);
      const weightOf = (k: number) => tf.reshape(tf.slice(directions, [0, k], [n, 1]), [n, 1, 1]);
      const c = tf.addN(gradients.map((gradient, k) => tf.mul(weightOf(k), of(gradient))));
      const through = (...factors: string[]) =>
        factors.reduce((x, factor) => tf.matMul(x as tf.Tensor2D, get(`${module}.${factor}`) as tf.Tensor2D, false, true), input);
      const contribution = (output: tf.Tensor) => tf.sum(tf.mul(c, of(output)), [1, 2]);
      return [contribution(through("weight")), contribution(through("lora_A", "lora_B")), of(input), c];
    });
  });
  const found = new Map(modules.map((module) => [module, new Array<MarginGradient>(rows.length)]));
  try {
    for (const { n, t, ids, mask, rows: at } of evaluationBatches(rows, { batchSize })) {
      const directions = new Float32Array(n * classes);
      at.forEach((row, i) => {
        if (row < 0) return; // filler
        directions[i * classes + rows[row].label] += 1;
        directions[i * classes + target] -= 1;
      });
      const inputs = [tf.tensor2d(ids, [n, t], "int32"), tf.tensor2d(mask, [n, t]), tf.tensor2d(directions, [n, classes])];
      const results = await compute(...inputs, ...tangents.weights());
      for (const [k, module] of modules.entries()) {
        const [pretrained, update, xs, cs] = results.slice(4 * k, 4 * k + 4), [byPre, byUpdate] = [pretrained, update].map((x) => x.dataSync());
        const [x, c] = [xs, cs].map(matricesOf);
        at.forEach((row, i) => {
          if (row < 0) return;
          const size = lowRankSigma(transpose(c(i)), x(i)).values.reduce((sum, value) => sum + value, 0);
          found.get(module)![row] = { pretrained: byPre[i], update: byUpdate[i], size };
        });
      }
      tf.dispose([...inputs, ...results]);
    }
  } finally {
    compute.dispose();
    tangents.dispose();
  }
  return found;
}

/** The rows' matrices of a tensor [n, tokens, width], each [tokens, width]. */
function matricesOf(x: tf.Tensor): (row: number) => Matrix {
  const data = x.dataSync(), [, rows, cols] = x.shape as [number, number, number], size = rows * cols;
  return (row) => ({ rows, cols, data: Float64Array.from(data.subarray(row * size, (row + 1) * size)) });
}
