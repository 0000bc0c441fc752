import assert from "node:assert/strict";
import { createRng, philox } from "../../lib/math/random.ts";

const hex = (words: readonly number[]) => words.map((word) => word.toString(16).padStart(8, "0")).join(" ");

Deno.test("philox() gives the known answers of Random123's philox4x32-10", () => {
  const ones = 0xffffffff;
  assert.equal(hex(philox([0, 0, 0, 0], [0, 0])), "6627e8d5 e169c58d bc57ac4c 9b00dbd8");
  assert.equal(hex(philox([ones, ones, ones, ones], [ones, ones])), "408f276d 41c83b0e a20bc7c6 6d5451fd");
  const pi = philox([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0]);
  assert.equal(hex(pi), "d16cfe09 94fdcceb 5001e420 24126ea1");
});

Deno.test("createRng() gives the same draws for the same path, and other draws for another", () => {
  const draws = (seed: number | string, ...names: (string | number)[]) => {
    const rng = names.reduce((stream, name) => stream.fork(name), createRng(seed));
    return [rng.uniform(), rng.uniform(), ...rng.seeds()];
  };
  assert.deepEqual(draws(1, "poison", 3), draws(1, "poison", 3));
  assert.notDeepEqual(draws(1, "poison"), draws(2, "poison"));
  assert.notDeepEqual(draws(1, "poison"), draws(1, "batches"));
  assert.notDeepEqual(draws(1), draws(1, "poison"));
  assert.equal(createRng(7).fork("epoch").fork(2).path, "7/epoch/2");
});

Deno.test("createRng() pins its first draws, so that published seeds keep their meaning", () => {
  const rng = createRng(1).fork("poison");
  assert.deepEqual([rng.uniformAt(0), rng.uniformAt(1), rng.uniformAt(2 ** 32)], [0.010917345269973011, 0.504350825995617, 0.7590031597151696]);
});

Deno.test("fork() is independent of what was drawn before, and of its siblings", () => {
  const drained = createRng(5);
  for (let i = 0; i < 100; i++) drained.normal();
  assert.equal(drained.fork("a").uniform(), createRng(5).fork("a").uniform());

  const n = 4000, a = createRng(5).fork("a"), b = createRng(5).fork("b");
  let product = 0;
  for (let i = 0; i < n; i++) product += (a.uniform() - 0.5) * (b.uniform() - 0.5);
  assert.ok(Math.abs(12 * product / n) < 4 / Math.sqrt(n), "correlation within 4 standard errors of 0");
});

Deno.test("uniformAt() is pure and is what uniform() walks through", () => {
  const rng = createRng(11);
  const ahead = [0, 1, 2, 3].map((index) => rng.uniformAt(index));
  assert.deepEqual([3, 1, 0, 2].map((index) => rng.uniformAt(index)), [3, 1, 0, 2].map((index) => ahead[index]));
  assert.deepEqual([0, 1, 2, 3].map(() => rng.uniform()), ahead);
  assert.ok(ahead.every((draw) => 0 <= draw && draw < 1));
});

Deno.test("uniformAt() tells indices beyond 32 bits apart", () => {
  const rng = createRng(0);
  assert.equal(new Set([0, 1, 2 ** 32, 2 ** 32 + 1, 2 ** 40].map((index) => rng.uniformAt(index))).size, 5);
});

Deno.test("normal() has the moments of the standard normal", () => {
  const n = 20000, rng = createRng(3), moments = [0, 0, 0, 0];
  for (let i = 0; i < n; i++) {
    const x = rng.normal();
    for (let k = 0; k < 4; k++) moments[k] += x ** (k + 1) / n;
  }
  const [first, second, third, fourth] = moments; // standard errors: 1, sqrt 2, sqrt 15, sqrt 96, over sqrt n
  const within = (value: number, expected: number, variance: number) =>
    assert.ok(Math.abs(value - expected) < 4 * Math.sqrt(variance / n), `${value}`);
  within(first, 0, 1);
  within(second, 1, 2);
  within(third, 0, 15);
  within(fourth, 3, 96);
});

Deno.test("integer() reaches every value below its bound about equally often", () => {
  const n = 6000, rng = createRng("dice"), counts = [0, 0, 0, 0, 0, 0];
  for (let i = 0; i < n; i++) counts[rng.integer(6)]++;
  const chiSquare = counts.reduce((sum, count) => sum + (count - n / 6) ** 2 / (n / 6), 0);
  assert.ok(chiSquare < 20.5, `${chiSquare}`); // 5 degrees of freedom, p = .001
});

Deno.test("shuffle() returns a permutation and leaves its argument alone", () => {
  const items = Array.from({ length: 100 }, (_, i) => i), copy = [...items];
  const shuffled = createRng(1).shuffle(items);
  assert.deepEqual(items, copy);
  assert.notDeepEqual(shuffled, items);
  assert.deepEqual(shuffled.toSorted((a, b) => a - b), items);
  assert.deepEqual(createRng(1).shuffle([]), []);
});

Deno.test("shuffle() gives each of the six orders of three items about equally often", () => {
  const n = 6000, rng = createRng("orders"), counts = new Map<string, number>();
  for (let i = 0; i < n; i++) {
    const order = rng.shuffle(["a", "b", "c"]).join("");
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }
  assert.equal(counts.size, 6);
  const chiSquare = [...counts.values()].reduce((sum, count) => sum + (count - n / 6) ** 2 / (n / 6), 0);
  assert.ok(chiSquare < 20.5, `${chiSquare}`);
});

Deno.test("seeds() gives two int32 numbers that do not depend on the draws", () => {
  const rng = createRng(9).fork("dropout"), before = rng.seeds();
  rng.uniform();
  assert.deepEqual(rng.seeds(), before);
  assert.ok(before.every((seed) => (seed | 0) === seed));
});
