import assert from "node:assert/strict";
import { atLeast, atMost, equals, printed, theoremCell } from "../../lib/theory/check.ts";
import { computeTheory } from "../../lib/theory/compute.ts";
import { bulkRng, drawNet, normals, theoryRng } from "../../lib/theory/draws.ts";
import { fixture } from "../../lib/theory/fixtures.ts";
import { assertClose } from "../support/close.ts";
import { engineTest } from "../support/tensorflow.ts";

engineTest("computeTheory() gives the cells asked for, in the paper's order, each computed once", async () => {
  const [first, second] = await computeTheory(["A-9", "A-4"], { threads: 2 });
  assert.deepEqual([first.id, second.id], ["A-4", "A-9"]);
  assert.equal((await computeTheory(["A-9"]))[0], second);
});

engineTest("computeTheory() says which cell it is at, and stops between cells", async () => {
  const stop = new AbortController(), at: string[] = [];
  const onCell = (cell: number, of: number, id: string) => {
    at.push(`${cell}/${of} ${id}`);
    if (cell === 1) stop.abort(new Error("stopped"));
  };
  await assert.rejects(() => computeTheory(["A-4", "A-9", "A-10"], { threads: 2, onCell, signal: stop.signal }), { message: "stopped" });
  assert.deepEqual(at, ["1/3 A-4"]);
});

Deno.test("computeTheory() names the cells if it does not know one", async () => {
  await assert.rejects(() => computeTheory(["A-0"]), {
    name: "RangeError",
    message: /^Cannot compute the theory as a cell must be one of A-1, A-2, .*: A-0$/,
  });
});

Deno.test("checks hold within their tolerance, and say where they do not", () => {
  assert.equal(equals([1, 2], [1, 2.0000005], { what: "within 1e-6" }).holds, true);
  assert.equal(equals([1, NaN], [1, 1], { what: "not a number", tolerance: Infinity }).holds, false);
  assert.deepEqual([atMost(1, .9, { what: "", tolerance: .2 }).holds, atMost(1, .9, { what: "" }).holds, atLeast(1, .9, { what: "" }).holds], [
    true,
    false,
    true,
  ]);
  assert.equal(equals(1, 2, { what: "", counterExample: "1 is not 2" }).counterExample, "1 is not 2");
  assert.equal("counterExample" in equals(1, 1, { what: "", counterExample: "none needed" }), false);
});

Deno.test("checks refuse sides of different lengths", () => {
  assert.throws(() => equals([1, 2], [1], { what: "pairs" }), {
    name: "TypeError",
    message: `Cannot check "pairs" as both sides must have equally many numbers: 2, 1`,
  });
});

Deno.test("theoremCell() computes its steps at every call", () => {
  let calls = 0;
  const known = { id: "X-1", section: "1", title: "t", statement: "s" };
  const cell = theoremCell(known, () => [printed("line", equals(++calls, 1, { what: "calls" }))]);
  assert.deepEqual([calls, cell.id, cell.section], [0, "X-1", "1"]);
  assert.deepEqual([cell.compute().steps[0].checks[0].holds, cell.compute().steps[0].checks[0].holds], [true, false]);
});

Deno.test("fixture() names the fixtures if it does not know one", () => {
  assert.throws(() => fixture("A-0"), { name: "RangeError", message: /^Cannot read fixture as its id must be one of A-1, .*: A-0$/ });
});

engineTest("normals() and bulkRng() repeat, differ between streams, and have their moments", () => {
  const rng = theoryRng.fork("test"), count = 200_000, draws = normals(rng, count);
  assert.deepEqual(normals(rng, 10), normals(rng, 10));
  assert.notDeepEqual(normals(rng, 10), normals(rng.fork(1), 10));
  const moment = (values: ArrayLike<number>, of: (value: number) => number) => Array.from(values, of).reduce((a, b) => a + b) / values.length;
  assertClose([moment(draws, (x) => x), moment(draws, (x) => x ** 2), moment(draws, (x) => x ** 4)], [0, 1, 3], .1);
  const list = (stream: { uniform(): number }) => Array.from({ length: 10_000 }, () => stream.uniform());
  const uniforms = list(bulkRng(rng));
  assert.deepEqual(uniforms, list(bulkRng(rng)));
  assert.equal(new Set(uniforms).size, uniforms.length); // across blocks
  assert(uniforms.every((x) => 0 <= x && x < 1));
  assertClose([moment(uniforms, (x) => x), moment(uniforms, (x) => x ** 2)], [1 / 2, 1 / 3], .02);
});

Deno.test("drawNet() has the widths asked for, all trained", () => {
  const net = drawNet([3, 5, 2], theoryRng.fork("net"));
  assert.deepEqual(net.map(({ weight: { rows, cols }, trained }) => [rows, cols, trained]), [[5, 3, true], [2, 5, true]]);
});
