import assert from "node:assert/strict";
import { nameAt, sharedPoints } from "../../lib/claims/grid_points.ts";

const seeds = (count: number, points: readonly number[]) => Array.from({ length: count }, () => points);

Deno.test("sharedPoints() keeps the points that most seeds have, up to five of them, and as many points as are needed", () => {
  const some = sharedPoints([...seeds(4, [1, 2, 3]), [1, 2, 3, 4]], 3);
  assert.deepEqual([[...some.kept], some.areAll], [[1, 2, 3], false]);
  assert.deepEqual([...sharedPoints([...seeds(4, [1, 2]), [1, 2, 4]], 3).kept], [1, 2, 4], "two points are too few");
  assert.deepEqual(sharedPoints(seeds(3, [1, 2, 3]), 3), { kept: new Set([1, 2, 3]), areAll: true });
  assert.deepEqual([...sharedPoints([...seeds(2, [1, 2, 3]), [1, 2, 3, 4, 5]], 3).kept], [1, 2, 3], "of three seeds, too");
  assert.equal(sharedPoints([...seeds(3, [1, 2, 3]), ...seeds(5, [1, 2, 3, 4])], 3).kept.size, 4, "five are enough, eight no better");
  assert.equal(sharedPoints(seeds(3, [1, 2]), 3).kept.size, 2);
  assert.equal(sharedPoints([...seeds(4, [1, 1, 2]), [2]], 1).kept.has(1), false, "a seed counts once a point");
});

Deno.test("nameAt() names the points that are looked at, where they are not all", () => {
  assert.equal(nameAt("mr", { kept: new Set([64, 1 / 3, 4]), areAll: false }), "mr at 0.333, 4, 64");
  assert.equal(nameAt("mr", { kept: new Set([4]), areAll: true }), "mr");
});
