import assert from "node:assert/strict";
import { theoremNamed, theoryOf } from "../../lib/report/theory.ts";
import { engineTest } from "../support/tensorflow.ts";

engineTest("theoryOf() computes the cells of a section or chapter, in the paper's order", async () => {
  assert.deepEqual((await theoryOf("2.1", "C.1")).map(({ id }) => id), ["A-1", "A-2", "A-3", "A-4", "A-55"]);
  assert.deepEqual((await theoryOf("C")).map(({ id }) => id), ["A-55"]);
  assert.deepEqual((await theoryOf("A-C.1")).map(({ id }) => id), ["A-55"]);
  assert.deepEqual((await theoryOf("B-4.1")).map(({ id }) => id), ["B-1", "B-2"]);
});

Deno.test("theoryOf() says which sections there are", async () => {
  await assert.rejects(() => theoryOf("2.1", "9"), {
    name: "RangeError",
    message: /^Cannot compute the theory as a section must be one of A-2\.1, A-2\.2, .*, or a chapter of these: 9$/,
  });
});

engineTest("theoremNamed() shows a cell by its number", async () => {
  const shown = await theoremNamed("A-4"), bundle = shown[Symbol.for("Jupyter.display") as keyof typeof shown]() as Record<string, string>;
  assert.match(bundle["text/markdown"], /^#### Equation 4: LoRA's intermediate state \(A-4\)\n/);
});
