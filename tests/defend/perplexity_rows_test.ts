import assert from "node:assert/strict";
import { leastRow, packTrees, sharedLength, type Tree, treeTokens } from "../../lib/defend/perplexity_rows.ts";

const ids = (...values: number[]) => Int32Array.from(values);

Deno.test("packTrees() reads what a branch shares with its trunk once, and no last token", () => {
  const tree: Tree = [ids(5, 9, 2, 7, 4), ids(5, 9, 8, 1, 6), ids(5, 9, 2, 7)];
  const [row, ...more] = packTrees([tree], 16);
  assert.deepEqual(more, []);
  assert.deepEqual(row.ids, [5, 9, 2, 7, 8, 1]);
  assert.deepEqual(row.positions, [0, 1, 2, 3, 2, 3]);
  assert.deepEqual(row.ownStart, [0, 0, 0, 0, 4, 4]);
  assert.deepEqual(row.sharedStart, [0, 0, 0, 0, 0, 0]);
  assert.deepEqual(row.sharedEnd, [0, 0, 0, 0, 2, 2]);
  assert.deepEqual(row.questions.map(({ asked, target, sequence, at }) => [asked, target, sequence, at]), [
    [0, 9, 0, 1],
    [1, 2, 0, 2],
    [2, 7, 0, 3],
    [3, 4, 0, 4],
    [1, 8, 1, 2], // of the trunk
    [4, 1, 1, 3],
    [5, 6, 1, 4],
  ]);
});

Deno.test("packTrees() lets a branch with nothing in common start by itself", () => {
  const [row] = packTrees([[ids(1, 2, 3), ids(2, 3)]], 16);
  assert.deepEqual(row.ids, [1, 2, 2]);
  assert.deepEqual(row.positions, [0, 1, 0]);
  assert.deepEqual(row.questions.map(({ asked, target }) => [asked, target]), [[0, 2], [1, 3], [2, 3]]);
});

/** The tokens that a question's answer rests on, by what the row lets each token see. */
function context({ ids, ownStart, sharedStart, sharedEnd }: ReturnType<typeof packTrees>[number], asked: number): number[] {
  return ids.filter((_, j) => (ownStart[asked] <= j && j <= asked) || (sharedStart[asked] <= j && j < sharedEnd[asked]));
}

Deno.test("packTrees() asks for every token but the first once, each behind the tokens before it, whatever the rows' length", () => {
  const trunkOf = (seed: number, length: number) => Int32Array.from({ length }, (_, i) => (seed * 31 + i * i * 7 + i) % 97);
  const trees = [3, 14, 1, 0, 9, 22].map((length, seed) => {
    const trunk = trunkOf(seed, length);
    return [trunk, ...trunk.keys().map((j) => Int32Array.from([...trunk].toSpliced(j, 1)))];
  });
  for (const rowLength of [48, 64, 256]) {
    const rows = packTrees(trees, rowLength), asked = new Set<string>();
    for (const row of rows) {
      assert(row.ids.length <= rowLength && row.questions.length <= rowLength);
      for (const { asked: column, target, tree, sequence, at } of row.questions) {
        const expected = [...trees[tree][sequence]];
        assert.equal(target, expected[at]);
        assert.deepEqual(context(row, column), expected.slice(0, at), `tree ${tree}, sequence ${sequence}, token ${at}`);
        assert.equal(row.positions[column], at - 1);
        asked.add(`${tree} ${sequence} ${at}`);
      }
    }
    const wanted = trees.flatMap((tree, i) =>
      tree.flatMap((sequence, j) => {
        const from = j === 0 ? 1 : Math.max(1, sharedLength(tree[0], sequence));
        return Array.from({ length: Math.max(0, sequence.length - from) }, (_, k) => `${i} ${j} ${from + k}`);
      })
    );
    assert.deepEqual([...asked].sort(), wanted.sort());
    assert.equal(rows.reduce((sum, { questions }) => sum + questions.length, 0), wanted.length, "nothing is asked twice");
  }
  assert.equal(packTrees(trees, 1024).reduce((sum, row) => sum + row.ids.length, 0), trees.reduce((sum, tree) => sum + treeTokens(tree), 0));
});

Deno.test("packTrees() cannot cut a sequence", () => {
  const tree: Tree = [ids(1, 2, 3, 4), ids(9, 2, 3, 4)];
  assert.equal(leastRow(tree), 6);
  assert.throws(() => packTrees([tree], 5), {
    name: "RangeError",
    message: "Cannot pack sequences as one and its trunk must fit in a row of 5 tokens: 6",
  });
});
