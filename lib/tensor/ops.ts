/**
 * Differentiable operations that the encoder is made of, each a few TensorFlow ops with a gradient written by hand: fewer passes
 * over memory than tfjs's compositions. Checked against autodiff and finite differences.
 */
import { tf } from "./tf.ts";
import { runOp } from "./native.ts";
import { dtypeCodes } from "./dtypes.ts";
import { fused } from "./fused.ts";
import { productPrecision } from "./precision.ts";
import { product } from "./product.ts";

const T = { name: "T", kind: "type", value: dtypeCodes.float32 } as const;
const index = (name: string) => ({ name, kind: "type", value: dtypeCodes.int32 } as const);

type Saver = (tensors: tf.Tensor[]) => void;

/** tf.customGrad with types that fit a list of inputs. */
function custom(
  inputs: readonly tf.Tensor[],
  forward: (inputs: tf.Tensor[], save: Saver) => tf.Tensor,
  backward: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.Tensor[],
): tf.Tensor {
  // deno-lint-ignore no-explicit-any -- tfjs types customGrad for a fixed list of arguments
  const op = (tf.customGrad as any)((...args: unknown[]) => {
    const save = args.pop() as Saver;
    return { value: forward(args as tf.Tensor[], save), gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => backward(dy, saved) };
  });
  return op(...inputs);
}

/** y = x W^T: x [m, in], weight [out, in] -> [m, out]. */
export function linear(x: tf.Tensor, weight: tf.Tensor): tf.Tensor {
  const precision = productPrecision();
  return custom(
    [x, weight],
    ([x, weight], save) => {
      save([x, weight]);
      return product(x, weight, false, true, precision);
    },
    (dy, [x, weight]) => [product(dy, weight, false, false, precision), product(dy, x, true, false, precision)],
  );
}

/**
 * y = x (W + scale B A)^T: a linear map with a low-rank update; W itself gets no gradient. In f32 the sum is formed once a call, so that
 * x passes through one product in each direction; in bf16 W, rounded once for all, and the update, in float32, are applied one by one.
 * @param x [m, in]
 * @param weight W [out, in]
 * @param a A [r, in]
 * @param b B [out, r]
 */
export function lowRankLinear(x: tf.Tensor, weight: tf.Tensor, a: tf.Tensor, b: tf.Tensor, scale: number): tf.Tensor {
  const precision = productPrecision(), apart = precision === "bf16";
  return custom(
    [x, a, b],
    ([x, a, b], save) => {
      const whole = apart ? weight : tf.add(weight, product(tf.mul(b, scale), a, false, false)); // [out, in]
      save([x, a, b, whole]);
      const y = product(x, whole, false, true, precision);
      return apart ? tf.add(y, product(tf.mul(product(x, a, false, true), scale), b, false, true)) : y;
    },
    (dy, [x, a, b, whole]) => {
      const throughA = tf.mul(product(x, a, false, true), scale); // [m, r]
      const throughB = tf.mul(product(dy, b, false, false), scale); // [m, r]
      const dx = product(dy, whole, false, false, precision);
      return [
        apart ? tf.add(dx, product(throughB, a, false, false)) : dx,
        product(throughB, x, true, false),
        product(dy, throughA, true, false),
      ];
    },
  );
}

/** x + bias, by columns: x [m, out], bias [out]. */
export function addBias(x: tf.Tensor, bias: tf.Tensor): tf.Tensor {
  return custom(
    [x, bias],
    ([x, bias]) => runOp("BiasAdd", [T], [x, bias])[0],
    (dy) => [dy, runOp("BiasAddGrad", [T], [dy])[0]],
  );
}

/** Rows of a table: table [v, d], ids int32 [m] -> [m, d]. */
export function embeddingLookup(table: tf.Tensor, ids: tf.Tensor): tf.Tensor {
  return custom(
    [table],
    ([table], save) => {
      save([ids]); // tfjs frees what the forward pass made, unless saved
      return tf.gather(table, ids as tf.Tensor1D);
    },
    (dy, [ids]) => [tf.unsortedSegmentSum(dy, ids as tf.Tensor1D, table.shape[0])],
  );
}

/** Layer normalisation over the last axis: x [m, d], gamma and beta [d]; `epsilon` is added to the variance. */
export function layerNorm(x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor, epsilon: number): tf.Tensor {
  return custom(
    [x, gamma, beta],
    ([x, gamma, beta], save) => {
      const [y, mean, inverse] = layerNormForward(x, gamma, beta, tf.scalar(epsilon));
      save([x, mean, inverse, gamma]);
      return y;
    },
    (dy, [x, mean, inverse, gamma]) => [
      layerNormBackward(dy, x, mean, inverse, gamma)[0],
      columnSum(timesNormalised(dy, x, mean, inverse)[0]),
      columnSum(dy),
    ],
  );
}

const layerNormForward = fused((x, gamma, beta, epsilon) => {
  const mean = rowMean(x), centered = tf.sub(x, mean);
  const inverse = tf.rsqrt(tf.add(rowMean(tf.square(centered)), epsilon)); // [m, 1]
  return [tf.add(tf.mul(tf.mul(centered, inverse), gamma), beta), mean, inverse];
});

const layerNormBackward = fused((dy, x, mean, inverse, gamma) => {
  const normalised = tf.mul(tf.sub(x, mean), inverse), dNormalised = tf.mul(dy, gamma);
  const correlation = rowMean(tf.mul(dNormalised, normalised)); // [m, 1]
  return [tf.mul(tf.sub(tf.sub(dNormalised, rowMean(dNormalised)), tf.mul(normalised, correlation)), inverse)];
});

/** Apart from the rest of the gradient: only who trains gamma asks for it. */
const timesNormalised = fused((dy, x, mean, inverse) => [tf.mul(dy, tf.mul(tf.sub(x, mean), inverse))]);

/** Means over the last axis, [m, d] -> [m, 1], as a product: see `fused`. */
function rowMean(x: tf.Tensor): tf.Tensor {
  const d = x.shape[1]!;
  return tf.mul(tf.matMul(x as tf.Tensor2D, tf.fill([d, 1], 1)), 1 / d);
}

/** Sum over rows: [m, d] -> [d]. */
function columnSum(x: tf.Tensor): tf.Tensor {
  return runOp("BiasAddGrad", [T], [x])[0];
}

/** The exact Gaussian error linear unit, x Phi(x). */
export function gelu(x: tf.Tensor): tf.Tensor {
  return custom(
    [x],
    ([x], save) => {
      save([x]);
      return geluForward(x)[0];
    },
    (dy, [x]) => geluBackward(dy, x),
  );
}

const geluForward = fused((x) => [tf.mul(x, normalCumulative(x))]);

const geluBackward = fused((dy, x) => {
  const density = tf.mul(tf.exp(tf.mul(tf.square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI)); // phi(x)
  return [tf.mul(dy, tf.add(normalCumulative(x), tf.mul(x, density)))];
});

/** Phi(x), the cumulative distribution function of the standard normal. */
function normalCumulative(x: tf.Tensor): tf.Tensor {
  return tf.mul(tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1), 0.5);
}

/** Softmax over the last axis. */
export function softmax(x: tf.Tensor): tf.Tensor {
  return custom(
    [x],
    ([x], save) => {
      const y = runOp("Softmax", [T], [x])[0];
      save([y]);
      return y;
    },
    (dy, [y]) => [tf.mul(tf.sub(dy, tf.sum(tf.mul(dy, y), -1, true)), y)],
  );
}

/** Cross entropy (nats) of each row: logits [n, c], labels int32 [n] -> [n]. */
export function crossEntropy(logits: tf.Tensor, labels: tf.Tensor): tf.Tensor {
  return custom(
    [logits],
    ([logits], save) => {
      const [loss, gradient] = runOp("SparseSoftmaxCrossEntropyWithLogits", [T, index("Tlabels")], [logits, labels], 2);
      save([gradient]);
      return loss;
    },
    (dy, [gradient]) => [tf.mul(tf.reshape(dy, [-1, 1]), gradient)],
  );
}

/**
 * Dropout with a seed of its own: each entry is zeroed with probability `rate` and the others are divided by 1 - rate.
 * @param seed int32 [2]; the same seed gives the same mask on every machine
 */
export function dropout(x: tf.Tensor, rate: number, seed: tf.Tensor): tf.Tensor {
  if (!(0 <= rate && rate < 1)) throw new RangeError(`Cannot drop out as rate must be in [0, 1): ${rate}`);
  if (rate === 0) return tf.clone(x);
  return tf.tidy(() => {
    const shape = tf.tensor1d([...x.shape], "int32");
    const [noise] = runOp("StatelessRandomUniform", [
      { name: "dtype", kind: "type", value: dtypeCodes.float32 },
      index("T"),
      index("Tseed"),
    ], [shape, seed]);
    const mask = tf.mul(tf.cast(tf.greaterEqual(noise, rate), "float32"), 1 / (1 - rate));
    return tf.mul(x, mask);
  });
}
