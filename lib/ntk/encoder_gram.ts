/**
 * Inner products between the per-example gradients of one trained tensor: its part of the kernel. For a matrix either through the
 * examples' products V_i^T U_i, a few rows of them at a time, or token by token, sum_{t,t'} (V_it . V_jt') (U_it . U_jt'): whichever
 * takes fewer operations.
 */
import { compile } from "../tensor/compile.ts";
import { tf } from "../tensor/tf.ts";
import { type Block, perExampleProduct } from "./encoder_blocks.ts";

type Of<Kind extends Block["kind"]> = Extract<Block, { kind: Kind }>;

export interface Grams {
  /** The Gram matrix of one tensor's gradients over parts of the data: [N, N], N = sum of c n; order: part, class score, example. */
  gram(parts: readonly Block[]): Promise<tf.Tensor>;
  dispose(): void;
}

/** A piece of per-example products has about so many bytes: few rows of them at a time make slow products, all at once fill the memory. */
const pieceBytes = 1 << 24;
/** What passes through memory costs time as well, here as the operations of a matrix product in that time (measured on one core). */
const memoryFlops = { entry: 200, number: 64 }; // an entry of the token by token product, a number of the examples' products

export function createGrams(classes: number): Grams {
  const rows = compile((...rows) => [gramOfRows(rows)]);
  const products = compile((...tensors) => [gramOfProducts(groups(tensors, classes))]);
  const tokens = compile((...tensors) => [gramOfTokens(groups(tensors, classes))]);
  return {
    async gram(parts) {
      if (parts.some(({ kind }) => kind === "rows")) {
        const flat = parts.map(rowsOf); // parts of other lengths may hold the same tensor's gradients as factors
        const [result] = await rows(...flat.flatMap(({ rows }) => rows));
        flat.forEach(({ made }) => tf.dispose([...made]));
        return result;
      }
      const held = parts as readonly (Of<"factors"> | Of<"lookup">)[];
      const inputs = held.flatMap((part) => [part.kind === "lookup" ? part.ids : part.u, ...part.v]);
      return (await (tokensAreCheaper(held) ? tokens : products)(...inputs))[0];
    },
    dispose: () => [rows, products, tokens].forEach((compiled) => compiled.dispose()),
  };
}

/** One part's factors: U [n, t, p] or ids [n, t], and c of V [n, t, q]. */
interface Group {
  readonly u: tf.Tensor;
  readonly v: readonly tf.Tensor[];
}

function groups(tensors: readonly tf.Tensor[], classes: number): Group[] {
  return Array.from({ length: tensors.length / (1 + classes) }, (_, part) => {
    const [u, ...v] = tensors.slice(part * (1 + classes), (part + 1) * (1 + classes));
    return { u, v };
  });
}

function rowsOf(part: Block): { rows: readonly tf.Tensor[]; made: readonly tf.Tensor[] } {
  if (part.kind === "rows") return { rows: part.rows, made: [] };
  if (part.kind === "lookup") throw new TypeError("Cannot form the gradient of a whole table: it is looked up");
  const rows = part.v.map((v) => tf.tidy(() => perExampleProduct(part.u, v)));
  return { rows, made: rows };
}

/** R R^T of the rows below each other; those of shorter parts (position embeddings) end in zeros. */
function gramOfRows(rows: readonly tf.Tensor[]): tf.Tensor {
  const width = Math.max(...rows.map(({ shape }) => shape[1]!));
  return selfProduct(tf.concat(rows.map((x) => x.shape[1] === width ? x : tf.pad(x, [[0, 0], [0, width - x.shape[1]!]]))));
}

/** Summed over pieces of the products: the same rows of V^T U for all examples. */
function gramOfProducts(parts: readonly Group[]): tf.Tensor {
  const [, , p] = parts[0].u.shape, [, , q] = parts[0].v[0].shape;
  const n = parts.reduce((sum, { u, v }) => sum + v.length * u.shape[0], 0);
  const width = Math.max(1, Math.min(q!, Math.round(pieceBytes / (4 * n * p!))));
  const pieces = Array.from({ length: Math.ceil(q! / width) }, (_, i) => {
    const size = Math.min(width, q! - i * width);
    const slice = (v: tf.Tensor) => tf.slice(v, [0, 0, i * width], [v.shape[0], v.shape[1]!, size]);
    return selfProduct(tf.concat(parts.flatMap(({ u, v }) => v.map((x) => perExampleProduct(u, slice(x))))));
  });
  return pieces.length === 1 ? pieces[0] : tf.addN(pieces);
}

const selfProduct = (x: tf.Tensor) => tf.matMul(x as tf.Tensor2D, x as tf.Tensor2D, false, true);

function gramOfTokens(parts: readonly Group[]): tf.Tensor {
  const blocks = parts.map((a, i) => parts.map((b, j) => j < i ? null : tokenBlock(a, b)));
  return tf.concat(parts.map((_, i) => tf.concat(parts.map((_, j) => blocks[i][j] ?? tf.transpose(blocks[j][i]!)), 1)));
}

/** Between two parts, [c n, c n']. */
function tokenBlock(a: Group, b: Group): tf.Tensor {
  const [n, t] = a.u.shape, [m, s] = b.u.shape, alike = similarity(a.u, b.u); // [n t, m s]
  const sum = (x: tf.Tensor) => t === 1 && s === 1 ? x : tf.sum(tf.sum(tf.reshape(x, [n, t!, m, s!]), 3), 1);
  return tf.concat(a.v.map((v) => tf.concat(b.v.map((w) => sum(tf.mul(innerProducts(v, w), alike))), 1)));
}

/** Of tokens' inputs; a looked-up row's input is one-hot, so that equal ids have the inner product 1. */
function similarity(u: tf.Tensor, w: tf.Tensor): tf.Tensor {
  return u.rank === 3 ? innerProducts(u, w) : tf.cast(tf.equal(tf.reshape(u, [-1, 1]), tf.reshape(w, [1, -1])), "float32");
}

function innerProducts(v: tf.Tensor, w: tf.Tensor): tf.Tensor {
  const flat = (x: tf.Tensor) => tf.reshape(x, [-1, x.shape[2]!]) as tf.Tensor2D;
  return tf.matMul(flat(v), flat(w), false, true);
}

/** By the count of operations. */
function tokensAreCheaper(parts: readonly (Of<"factors"> | Of<"lookup">)[]): boolean {
  const [first] = parts;
  if (first.kind === "lookup") return true;
  const c = first.v.length, [, , p] = first.u.shape, [, , q] = first.v[0].shape;
  const examples = parts.reduce((sum, { v: [{ shape }] }) => sum + shape[0], 0);
  const tokens = parts.reduce((sum, { v: [{ shape }] }) => sum + shape[0] * shape[1]!, 0);
  const byProducts = p! * q! * c * (2 * tokens + memoryFlops.number * examples + 2 * c * examples ** 2);
  const byTokens = tokens ** 2 / 2 * (2 * p! + c ** 2 * (2 * q! + memoryFlops.entry)); // each pair of parts once
  return byTokens < byProducts;
}
