/**
 * Kernels between each clean example and its triggered version, and of each with itself: what the angle between their gradients and
 * paper A's robustness M' (equation 7) are made of. Pairs are apart from each other, so that there is no n x n matrix.
 */
import { checkCount } from "../math/check.ts";
import { compile } from "../tensor/compile.ts";
import { tf } from "../tensor/tf.ts";
import { assembleBatch, type Sequence } from "../tokens/batch.ts";
import { evaluationBatches } from "../tokens/batching.ts";
import { inChains } from "../train/chains.ts";
import { type Block, perExampleProduct } from "./encoder_blocks.ts";
import { createTangents, type TangentModel } from "./encoder_tangents.ts";

export interface Pair {
  readonly clean: Sequence;
  readonly triggered: Sequence;
}

export interface PairKernels {
  /** Pairs. */
  readonly n: number;
  /** Class scores. */
  readonly c: number;
  /** Class scores of both sides of each pair, clean first: [n, 2, c]. */
  readonly logits: Float64Array;
  /** By trained tensor, <grad f_k of side a, grad f_m of side b> of each pair: [n, c, c, 2, 2], indices k, m, a, b. */
  readonly parts: ReadonlyMap<string, Float64Array>;
}

export interface PairKernelsOf {
  pairs(pairs: readonly Pair[]): Promise<PairKernels>;
  /** Goes on at another point of the same kind; what has been traced stays. */
  move(model: Pick<TangentModel, "adapter" | "weights">): void;
  dispose(): void;
}

/** Pairs of a batch. */
const defaultBatch = 16;

export function createPairKernels(model: TangentModel, batchSize = defaultBatch): PairKernelsOf {
  const tangents = createTangents(model), { classes: c, trained } = tangents;
  // Cut between pairs, never within one: ids and mask are [h, 2, t] until then.
  const products = compile((ids, mask, ...weights) => {
    const parts = inChains([ids, mask], (ids, mask) => {
      const [h, , t] = ids.shape, flat = (x: tf.Tensor) => tf.reshape(x, [2 * h, t!]);
      const { logits, blocks } = tangents.differentiate(flat(ids), flat(mask), weights);
      return [tf.reshape(logits, [h, 2 * c]), ...trained.map((name) => pairProducts(blocks.get(name)!))];
    });
    return parts[0].map((_, at) => tf.concat(parts.map((part) => part[at])));
  });
  return {
    async pairs(pairs) {
      checkCount("compute kernels of pairs", "the number of pairs", pairs.length);
      const n = pairs.length, flat = pairs.flatMap(({ clean, triggered }) => [clean, triggered]);
      const longer = pairs.map(({ clean, triggered }) => clean.ids.length > triggered.ids.length ? clean : triggered);
      const logits = new Float64Array(n * 2 * c), parts = new Map(trained.map((name) => [name, new Float64Array(n * 4 * c * c)]));
      for (const { t, rows } of evaluationBatches(longer, { batchSize })) {
        const own = [...rows].filter((row) => row >= 0);
        const { ids, mask } = assembleBatch(flat, own.flatMap((row) => [2 * row, 2 * row + 1]), 2 * batchSize, t);
        const inputs = [tf.tensor3d(ids, [batchSize, 2, t], "int32"), tf.tensor3d(mask, [batchSize, 2, t])];
        const results = await products(...inputs, ...tangents.weights());
        [logits, ...parts.values()].forEach((all, at) => {
          const values = results[at].dataSync(), size = values.length / batchSize;
          own.forEach((row, i) => all.set(values.subarray(i * size, (i + 1) * size), row * size));
        });
        tf.dispose([...inputs, ...results]);
      }
      return { n, c, logits, parts };
    },
    move: tangents.move,
    dispose() {
      products.dispose();
      tangents.dispose();
    },
  };
}

/** Of a batch of h pairs, its examples clean, triggered, clean, ...: [h, c c 2 2]. */
function pairProducts(block: Block): tf.Tensor {
  const between = block.kind === "rows" ? betweenRows(block.rows) : tokensAreCheaper(block) ? betweenTokens(block) : betweenRows(rowsOf(block));
  const c = (block.kind === "rows" ? block.rows : block.v).length;
  const found = Array.from({ length: c }, (_, k) => Array.from({ length: c }, (_, m) => m < k ? null : between(k, m))); // [h, 2, 2] each
  const all = found.flatMap((row, k) => row.map((own, m) => own ?? tf.transpose(found[m][k]!, [0, 2, 1])));
  return tf.reshape(tf.stack(all, 1), [all[0].shape[0], -1]);
}

type Between = (k: number, m: number) => tf.Tensor;
type Factors = Exclude<Block, { kind: "rows" }>;

function betweenRows(rows: readonly tf.Tensor[]): Between {
  const pairs = rows.map((x) => tf.reshape(x, [x.shape[0] / 2, 2, x.shape[1]!]));
  return (k, m) => tf.matMul(pairs[k], pairs[m], false, true);
}

function rowsOf(block: Factors): tf.Tensor[] {
  if (block.kind === "lookup") throw new TypeError("Cannot form the gradient of a whole table: it is looked up");
  return block.v.map((v) => perExampleProduct(block.u, v));
}

/** Sums over both examples' tokens: V_it . V_jt' times U_it . U_jt'. */
function betweenTokens(block: Factors): Between {
  const [n, t] = block.v[0].shape, h = n / 2;
  const sideBySide = (x: tf.Tensor) => tf.reshape(x, [h, 2 * t!, x.shape[2]!]);
  const v = block.v.map(sideBySide), alike = block.kind === "lookup" ? equalIds(tf.reshape(block.ids, [h, 2 * t!])) : self(sideBySide(block.u));
  return (k, m) => {
    const weighted = tf.mul(tf.matMul(v[k], v[m], false, true), alike); // [h, 2 t, 2 t]
    return tf.sum(tf.sum(tf.reshape(weighted, [h, 2, t!, 2, t!]), 4), 2);
  };
}

const self = (x: tf.Tensor) => tf.matMul(x, x, false, true);

/** 1 where two tokens have the same id: ids [h, m] -> [h, m, m]. */
function equalIds(ids: tf.Tensor): tf.Tensor {
  return tf.cast(tf.equal(tf.expandDims(ids, 2), tf.expandDims(ids, 1)), "float32");
}

/** By the count of operations of one pair. */
function tokensAreCheaper(block: Factors): boolean {
  if (block.kind === "lookup") return true;
  const c = block.v.length, [, t, p] = block.u.shape, [, , q] = block.v[0].shape;
  const byTokens = (2 * t!) ** 2 * (p! + c * (c + 1) / 2 * q!), byProducts = p! * q! * (2 * c * t! + 4 * c * (c + 1) / 2);
  return byTokens < byProducts;
}
