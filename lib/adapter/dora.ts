/**
 * DoRA (Liu et al. 2024): y = g * (W + s B A) x + b, row by row, with g_i = m_i / |W_i + s B_i A|. The magnitudes m are trained, start at
 * the lengths of W's rows (a row is an output) and leave the model as it was; the length below counts as a constant in the gradient.
 */
import { tf } from "../tensor/tf.ts";
import { addBias, linear, lowRankLinear } from "../tensor/ops.ts";
import { product } from "../tensor/product.ts";
import type { Rng } from "../math/random.ts";
import type { StoredTensor } from "../model/safetensors.ts";
import type { Adapter, Lookup, Training } from "./adapter.ts";
import { plainLinear } from "./full.ts";
import { initialFactors } from "./lora.ts";
import { lowRankAdapter } from "./low_rank.ts";
import { type Method, scaleOf, usualStart } from "./method.ts";
import { type Start, targetModules, weightOf } from "./start.ts";

export function doraAdapter(method: Extract<Method, { name: "dora" }>, start: Start, rng: Rng): Adapter {
  const lora = lowRankAdapter(method, start, ({ name, in: size, out }) => initialFactors({ ...method, ...usualStart }, size, out, rng.fork(name)));
  const lengths = targetModules(method, start).map(({ name }): [string, StoredTensor] => {
    const { shape: [out], data } = weightOf(start, name);
    return [`${name}.lora_magnitude`, { shape: [out], data: Float32Array.from(rowLengths(Float64Array.from(data), out)) }];
  });
  const trained = new Map([...lora.trained, ...lengths]), scale = scaleOf(method), { dropout = 0 } = method;
  return {
    ...lora,
    trained,
    linear(get, name, x, training) {
      if (!trained.has(`${name}.lora_magnitude`)) return plainLinear(get, name, x);
      return addBias(doraModule(get, name, x, scale, dropout, training), get(`${name}.bias`));
    },
  };
}

/** With dropout only what training adds to the pretrained path reads the dropped input: W x + (g - 1) W x~ + g s B A x~. */
function doraModule(get: Lookup, name: string, x: tf.Tensor, scale: number, dropout: number, training?: Training): tf.Tensor {
  if (training?.pretrained) {
    throw new TypeError("Cannot disturb the activations of DoRA's pretrained path as its magnitudes scale both paths together: use weights");
  }
  const [weight, a, b, magnitude] = ["weight", "lora_A", "lora_B", "lora_magnitude"].map((part) => get(`${name}.${part}`));
  // `product` and what is made of it are outside tfjs's tape: a constant for the gradient.
  const whole = tf.add(weight, product(tf.mul(b, scale), a, false, false)), length = tf.sqrt(tf.sum(tf.square(whole), 1)); // [out]
  const scaled = (x: tf.Tensor) => tf.mul(lowRankLinear(x, weight, a, b, scale), tf.div(magnitude, length));
  if (!training || dropout === 0) return scaled(x);
  const dropped = training.drop(x, dropout);
  return tf.add(linear(x, weight), tf.sub(scaled(dropped), linear(dropped, weight)));
}

/** diag(g) (W + s B A) from the sum W + s B A, row-major. */
export function mergedDora(sum: Float64Array, { data: magnitude }: StoredTensor): Float64Array {
  const lengths = rowLengths(sum, magnitude.length), size = sum.length / magnitude.length;
  return sum.map((x, k) => x * magnitude[Math.floor(k / size)] / lengths[Math.floor(k / size)]);
}

function rowLengths(data: Float64Array, rows: number): Float64Array {
  const squares = new Float64Array(rows), size = data.length / rows;
  data.forEach((x, k) => squares[Math.floor(k / size)] += x * x);
  return squares.map(Math.sqrt);
}
