/**
 * A small fully connected ReLU net in float64, as plain data, with its exact Jacobian and its neural tangent kernel (paper A,
 * equations 2, 6, 12, 14). No biases; the last layer is linear. Layer l reads n_{l-1} numbers and gives n_l.
 */
import { identity, type Matrix, matrixOf, multiply, plus, scaled, times, transpose, zeros } from "../math/matrix.ts";
import { softmax } from "../math/softmax.ts";

/** LoRA: the layer computes with W + scale B A, where scale = alpha / r. A: [r, in], B: [out, r]. */
export interface LowRank {
  readonly A: Matrix;
  readonly B: Matrix;
  readonly scale: number;
}

export interface Layer {
  /** [out, in] */
  readonly weight: Matrix;
  /** Whether W is trained. With an adapter it is not, whatever stands here: A and B are. */
  readonly trained: boolean;
  readonly adapter?: LowRank;
}

export interface Activations {
  /** y of every layer; the last is the output. */
  readonly pre: readonly Float64Array[];
  /** ReLU(y) of every layer but the last: what the next layer reads. */
  readonly post: readonly Float64Array[];
  readonly output: Float64Array;
}

/** The net's output at x with what lies between. */
export function forward(layers: readonly Layer[], x: ArrayLike<number>): Activations {
  const pre: Float64Array[] = [], post: Float64Array[] = [];
  for (const layer of layers) {
    const y = times(effectiveWeight(layer), pre.length ? post[pre.length - 1] : x);
    pre.push(y);
    if (pre.length < layers.length) post.push(y.map((value) => Math.max(value, 0)));
  }
  return { pre, post, output: pre[pre.length - 1] };
}

/** d output_k / d theta_p: [p, n_L], over the trained numbers in the order of `pullback`. */
export function jacobian(layers: readonly Layer[], x: ArrayLike<number>): Matrix {
  return pullback(layers, x, identity(layers[layers.length - 1].weight.rows));
}

/**
 * The gradients by the trained numbers of c functions of the output, from their gradients by the output [n_L, c]: [p, c], by
 * back-propagation. The order of the numbers: layer by layer from the input, W or else A, then B, each row by row. The derivative
 * of ReLU at 0 is 0.
 */
export function pullback(layers: readonly Layer[], x: ArrayLike<number>, byOutput: Matrix): Matrix {
  const { pre, post } = forward(layers, x), blocks: Float64Array[] = [];
  let delta = byOutput; // by y of the layer: [out, c]
  for (let l = layers.length - 1; l >= 0; l--) {
    const input = column(l ? post[l - 1] : x), { trained, adapter } = layers[l];
    if (adapter) {
      const { A, B, scale } = adapter;
      blocks.unshift(outer(multiply(transpose(B), delta), input, scale), outer(delta, multiply(A, input), scale));
    } else if (trained) blocks.unshift(outer(delta, input, 1));
    if (l) delta = masked(multiply(transpose(effectiveWeight(layers[l])), delta), pre[l - 1]);
  }
  const data = new Float64Array(blocks.reduce((sum, block) => sum + block.length, 0));
  blocks.reduce((at, block) => (data.set(block, at), at + block.length), 0);
  return { rows: data.length / byOutput.cols, cols: byOutput.cols, data };
}

/** The gradient of cross-entropy by the trained numbers: [p]. */
export function gradient(layers: readonly Layer[], x: ArrayLike<number>, label: number): Float64Array {
  return pullback(layers, x, column(lossGradient(forward(layers, x).output, label))).data;
}

/** K(x, x') = J(x)^T J(x'): [n_L, n_L] (paper A, equation 6). */
export function kernelByJacobian(layers: readonly Layer[], x: ArrayLike<number>, x2: ArrayLike<number>): Matrix {
  return multiply(transpose(jacobian(layers, x)), jacobian(layers, x2));
}

/**
 * The same kernel layer by layer (paper A, equations 12 and 14 in the form that is exact at finite width): the layer's own part
 * plus W D K D' W^T, where K is the kernel of the layer below, D = diag(ReLU'(y)), and W what the layer computes with. The own
 * part is (u.u') I where W is trained, and scale^2 [(A u . A u') I + (u.u') B B^T] for an adapter.
 */
export function kernelByRecursion(layers: readonly Layer[], x: ArrayLike<number>, x2: ArrayLike<number>): Matrix {
  const [one, two] = [forward(layers, x), forward(layers, x2)];
  let below: Matrix | undefined;
  layers.forEach((layer, l) => {
    const kernel = ownKernel(layer, l ? one.post[l - 1] : x, l ? two.post[l - 1] : x2);
    if (below) {
      const weight = effectiveWeight(layer);
      const left = masked(transpose(weight), one.pre[l - 1]), right = masked(transpose(weight), two.pre[l - 1]);
      const carried = multiply(multiply(transpose(left), below), right);
      carried.data.forEach((value, at) => kernel.data[at] += value);
    }
    below = kernel;
  });
  return below!;
}

/** The gradient of cross-entropy by the logits: softmax minus one-hot (paper A, equation 23). */
export function lossGradient(logits: ArrayLike<number>, label: number): Float64Array {
  return softmax(logits).map((probability, k) => probability - Number(k === label));
}

/** The layer with an adapter; B is 0 unless given, as at the start of training. */
export function withAdapter({ weight }: Layer, A: Matrix, scale: number, B: Matrix = zeros(weight.rows, A.rows)): Layer {
  return { weight, trained: false, adapter: { A, B, scale } };
}

/** The layer as it stands, not trained. */
export const frozen = ({ weight }: Layer): Layer => ({ weight, trained: false });

/** Network N of the equations' fixtures: two fully trained layers, two inputs, an A for either layer. */
export function networkN() {
  const W1 = matrixOf([[.5, -.3, .2], [-.4, .6, .1], [.3, .2, -.5], [.1, -.2, .4]]);
  const W2 = matrixOf([[.4, -.2, .3, .5], [-.3, .1, .6, -.4]]);
  const layers: readonly [Layer, Layer] = [{ weight: W1, trained: true }, { weight: W2, trained: true }];
  const A1 = matrixOf([[.3, -.1, .4], [.2, .5, -.3]]), A2 = matrixOf([[.6, -.2, .1, .3], [.2, .5, -.4, .1]]);
  return { layers, A1, A2, x: Float64Array.of(1, -.5, .25), x2: Float64Array.of(.8, .3, -.6) };
}

/** W, or W + scale B A: [out, in]. */
export function effectiveWeight({ weight, adapter }: Layer): Matrix {
  return adapter ? plus(weight, scaled(multiply(adapter.B, adapter.A), adapter.scale)) : weight;
}

function ownKernel({ weight, trained, adapter }: Layer, u: ArrayLike<number>, u2: ArrayLike<number>): Matrix {
  const n = weight.rows;
  if (!adapter) return identity(n, trained ? dot(u, u2) : 0);
  const { A, B, scale } = adapter, partB = dot(times(A, u), times(A, u2)), partA = dot(u, u2), BBt = multiply(B, transpose(B));
  return { rows: n, cols: n, data: identity(n).data.map((one, at) => scale ** 2 * (partB * one + partA * BBt.data[at])) };
}

/** Rows whose pre-activation is not positive become 0. */
function masked({ rows, cols, data }: Matrix, pre: Float64Array): Matrix {
  return { rows, cols, data: data.map((value, at) => pre[Math.floor(at / cols)] > 0 ? value : 0) };
}

/** scale delta[i, k] v[j] at [(i, j), k]. */
function outer({ rows, cols, data: delta }: Matrix, { rows: n, data: v }: Matrix, scale: number): Float64Array {
  const result = new Float64Array(rows * n * cols);
  for (let i = 0, at = 0; i < rows; i++) {
    for (let j = 0; j < n; j++) for (let k = 0; k < cols; k++) result[at++] = scale * delta[i * cols + k] * v[j];
  }
  return result;
}

const column = (values: ArrayLike<number>): Matrix => ({ rows: values.length, cols: 1, data: Float64Array.from(values) });

/** a . b */
export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
