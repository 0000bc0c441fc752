import { createRng } from "../../lib/math/random.ts";
import { createGrams } from "../../lib/ntk/encoder_gram.ts";
import type { Block } from "../../lib/ntk/encoder_blocks.ts";
import { tf } from "../../lib/tensor/tf.ts";
import { assertClose } from "../support/close.ts";
import { gramOf } from "../support/tangents.ts";
import { engineTest, leaksNothing } from "../support/tensorflow.ts";

const classes = 2;

/** A part's factors in plain arrays: of example i and token j, U_ij [p] and c of V_ij [q]. */
interface Factors {
  readonly u: number[][][];
  readonly v: number[][][][];
}

function drawn(name: string, n: number, t: number, p: number, q: number): Factors {
  const rng = createRng(name),
    cube = (d: number) => Array.from({ length: n }, () => Array.from({ length: t }, () => Array.from({ length: d }, () => rng.normal())));
  return { u: cube(p), v: Array.from({ length: classes }, () => cube(q)) };
}

/** The gradients V_i^T U_i, flat: a row for each class score and example. */
function rowsOf({ u, v }: Factors): number[][] {
  return v.flatMap((scores) =>
    scores.map((tokens, i) => {
      const [p, q] = [u[i][0].length, tokens[0].length], row = new Array<number>(q * p).fill(0);
      for (const [j, back] of tokens.entries()) for (let a = 0; a < q; a++) for (let b = 0; b < p; b++) row[a * p + b] += back[a] * u[i][j][b];
      return row;
    })
  );
}

const factorsIn = ({ u, v }: Factors): Block => ({ kind: "factors", u: tf.tensor3d(u), v: v.map((x) => tf.tensor3d(x)) });
const rowsIn = (rows: number[][]): Block => ({
  kind: "rows",
  rows: Array.from({ length: classes }, (_, k) => tf.tensor2d(rows.slice(k * rows.length / classes, (k + 1) * rows.length / classes))),
});
const tensorsOf = (block: Block) => block.kind === "rows" ? [...block.rows] : [block.kind === "lookup" ? block.ids : block.u, ...block.v];

/** What is to be found, of all parts' rows. */
function expectedGram(rows: number[][]): Float64Array {
  const cols = Math.max(...rows.map(({ length }) => length));
  return gramOf({ rows: rows.length, cols, data: Float64Array.from(rows.flatMap((row) => [...row, ...new Array(cols - row.length).fill(0)])) }).data;
}

async function agrees(parts: Block[], rows: number[][]): Promise<void> {
  const grams = createGrams(classes), expected = expectedGram(rows), found = await grams.gram(parts);
  assertClose(found.dataSync(), expected, 1e-5 * Math.max(...expected));
  tf.dispose([found, ...parts.flatMap(tensorsOf)]);
  grams.dispose();
}

const shapes = {
  "products, few tokens to a number": [[3, 9, 3, 4], [2, 12, 3, 4]],
  "products in several pieces": [[12, 40, 256, 120]],
  "tokens, wide matrices": [[3, 2, 40, 50], [2, 3, 40, 50]],
  "tokens, [CLS] alone": [[3, 1, 7, 5], [4, 1, 7, 5]],
} as const;

for (const [what, sizes] of Object.entries(shapes)) {
  engineTest(`gram() of factors is their products' inner products: ${what}`, async (engine) => {
    const factors = sizes.map(([n, t, p, q], at) => drawn(`${what} ${at}`, n, t, p, q));
    await leaksNothing(engine, () => agrees(factors.map(factorsIn), factors.flatMap(rowsOf)));
  });
}

engineTest("gram() takes parts in different forms, and rows of different lengths as ending in zeros", async (engine) => {
  const [a, b] = [drawn("a", 3, 2, 4, 5), drawn("b", 2, 30, 4, 5)];
  await leaksNothing(engine, () => agrees([factorsIn(a), rowsIn(rowsOf(b))], [...rowsOf(a), ...rowsOf(b)]));
  const [short, long] = [[[1, 2], [3, 4]], [[1, 0, 5], [2, 1, 1]]];
  await leaksNothing(engine, () => agrees([rowsIn(short), rowsIn(long)], [...short, ...long]));
});

engineTest("gram() of a looked-up table adds up rows of equal ids", async (engine) => {
  const rng = createRng("lookup"), table = 5, q = 3;
  const parts = [[3, 4], [2, 6]].map(([n, t]) => {
    const ids = Array.from({ length: n }, () => Array.from({ length: t }, () => rng.integer(table)));
    // As factors: the input of a looked-up row is one-hot.
    return {
      ids,
      ...drawn(`lookup ${n}`, n, t, 1, q),
      u: ids.map((row) => row.map((id) => Array.from({ length: table }, (_, k) => Number(k === id)))),
    };
  });
  const blockOf = ({ ids, v }: typeof parts[0]): Block => ({
    kind: "lookup",
    ids: tf.tensor2d(ids, undefined, "int32"),
    v: v.map((x) => tf.tensor3d(x)),
  });
  await leaksNothing(engine, () => agrees(parts.map(blockOf), parts.flatMap(rowsOf)));
});
