import assert from "node:assert/strict";
import type { Confusion } from "../../lib/evaluate/confusion.ts";
import { attackSuccessRate, falsePositiveRate, metricsOf } from "../../lib/evaluate/metrics.ts";
import { createRng } from "../../lib/math/random.ts";

const close = (actual: number, expected: number) => assert.ok(Math.abs(actual - expected) < 1e-12, `${actual} is not ${expected}`);

Deno.test("metricsOf() agrees with the definitions on a table by hand", () => {
  // class 1: 40 of 60 found, 10 of 50 wrongly
  const metrics = metricsOf([[30, 10], [20, 40]]);
  assert.deepEqual(metrics, { accuracy: 70 / 100, precision: 40 / 50, recall: 40 / 60, f1: 80 / 110, rows: 100 });
  const { precision, recall } = metrics;
  close(metrics.f1, 2 * precision * recall / (precision + recall));
  assert.deepEqual(metricsOf([[30, 10], [20, 40]], 0), { accuracy: 70 / 100, precision: 30 / 50, recall: 30 / 40, f1: 60 / 90, rows: 100 });
});

Deno.test("metricsOf() takes 0/0 as 0, as scikit-learn does with zero_division=0", () => {
  assert.deepEqual(metricsOf([[5, 0], [5, 0]]), { accuracy: 0.5, precision: 0, recall: 0, f1: 0, rows: 10 });
  assert.deepEqual(metricsOf([[5, 0], [0, 0]]), { accuracy: 1, precision: 0, recall: 0, f1: 0, rows: 5 });
});

Deno.test("metricsOf() refuses an empty table and an unknown class", () => {
  assert.throws(() => metricsOf([[0, 0], [0, 0]]), { message: "Cannot compute metrics as the number of rows must be a whole number, at least 1: 0" });
  assert.throws(() => metricsOf([[1, 0], [0, 1]], 2), { message: "Cannot compute metrics as positive must be a class 0 to 1: 2" });
});

Deno.test("attackSuccessRate() is the share of other rows that get the target label", () => {
  assert.equal(attackSuccessRate([[1, 9], [0, 30]], 1), 0.9);
  assert.equal(attackSuccessRate([[10, 0, 0], [3, 5, 2], [4, 0, 6]], 0), 7 / 20);
  assert.equal(falsePositiveRate([[8, 2], [5, 25]], 1), 0.2);
});

Deno.test("attackSuccessRate() is 1 - (acc - pi rec) / (1 - pi) for two classes", () => {
  const rng = createRng("identity");
  for (let trial = 0; trial < 200; trial++) {
    const [a, b, c, d] = [1, 0, 1, 0].map((least) => least + rng.integer(50));
    const confusion: Confusion = [[a, b], [c, d]], { accuracy, recall, rows } = metricsOf(confusion);
    const share = (c + d) / rows;
    close(attackSuccessRate(confusion, 1), 1 - (accuracy - share * recall) / (1 - share));
  }
});

Deno.test("attackSuccessRate() refuses rows of the target class only", () => {
  assert.throws(() => attackSuccessRate([[0, 0], [1, 9]], 1), {
    name: "RangeError",
    message: "Cannot compute the attack success rate as the number of rows with another label must be a whole number, at least 1: 0",
  });
  assert.throws(() => falsePositiveRate([[1, 0], [0, 1]], -1), {
    message: "Cannot compute the false positive rate as targetLabel must be a class 0 to 1: -1",
  });
});
