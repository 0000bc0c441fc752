import assert from "node:assert/strict";
import { atSharedPoints, onSharedSeeds } from "../../lib/claims/grid_points.ts";

const seeds = (count: number, points: readonly number[]) => Array.from({ length: count }, () => points);

/** The points kept of seeds with these points, and the grid's name. */
function shared(all: readonly (readonly number[])[], least: number): { kept: number[]; name: string } {
  const items = all.flatMap((points, seed) => points.map((x) => ({ seed, x })));
  const { kept, named } = atSharedPoints(items, { seedOf: ({ seed }) => seed, xOf: ({ x }) => x, least });
  assert.deepEqual(kept, items.filter(({ x }) => kept.some((one) => one.x === x)), "all of a point or nothing, in their order");
  return { kept: [...new Set(kept.map(({ x }) => x))], name: named("mr") };
}

Deno.test("atSharedPoints() keeps the points that most seeds have, up to five of them, and as many points as are needed", () => {
  assert.deepEqual(shared([...seeds(4, [1, 2, 3]), [1, 2, 3, 4]], 3), { kept: [1, 2, 3], name: "mr at 1, 2, 3" });
  assert.deepEqual(shared([...seeds(4, [1, 2]), [1, 2, 4]], 3).kept, [1, 2, 4], "two points are too few");
  assert.deepEqual(shared(seeds(3, [1, 2, 3]), 3), { kept: [1, 2, 3], name: "mr" });
  assert.deepEqual(shared([...seeds(2, [1, 2, 3]), [1, 2, 3, 4, 5]], 3).kept, [1, 2, 3], "of three seeds, too");
  assert.equal(shared([...seeds(3, [1, 2, 3]), ...seeds(5, [1, 2, 3, 4])], 3).kept.length, 4, "five are enough, eight no better");
  assert.equal(shared(seeds(3, [1, 2]), 3).kept.length, 2);
  assert.deepEqual(shared([...seeds(4, [1, 1, 2]), [2]], 1).kept, [2], "a seed counts once a point");
});

Deno.test("onSharedSeeds() keeps of each group the seeds that all have, and leaves out groups of few", () => {
  const shared = (groups: readonly (readonly string[])[], least = 2) => onSharedSeeds(groups, { seedOf: (one) => one[1], least });
  assert.deepEqual(shared([["a1", "a2", "a3"], ["b3", "b2"], ["c2", "c3", "c4"]]), [["a2", "a3"], ["c2", "c3"]]);
  assert.deepEqual(shared([["a1", "a2", "a3"], ["b3", "b2"], ["c2", "c3", "c4"]], 3), [["a2", "a3"], ["b3", "b2"], ["c2", "c3"]]);
  assert.deepEqual(shared([["a1", "a2"], ["b2", "b1"], ["c1"]]), [["a1", "a2"], ["b2", "b1"]], "one seed does not decide for all");
  assert.deepEqual(shared([["a1"], ["b2"]]), [], "no seed has both");
  assert.deepEqual(shared([["a1"]], 3), [["a1"]], "fewer groups than asked for");
  assert.deepEqual(shared([]), []);
});

Deno.test("atSharedPoints() names the points that are looked at, where they are not all", () => {
  assert.equal(shared([...seeds(5, [64, 1 / 3, 4]), [7]], 3).name, "mr at 0.333, 4, 64");
});
