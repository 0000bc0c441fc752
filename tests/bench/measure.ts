import assert from "node:assert/strict";
import { largestDisagreement, lossAgreement } from "../../bench/agreement.ts";
import { measureInTurns, ModeError, type Side } from "../../bench/measure.ts";

const side = (mode: string, seconds: number[], by: Side["by"] = "lowrank"): Side => ({
  by,
  mode,
  flops: 1,
  run: (warming) => Promise.resolve({ seconds: warming && seconds[0] === 0 ? [] : [seconds[0], seconds.shift()! + 2], evidence: [0.5] }),
});

const failing = (mode: string, failsIn: number, error: Error): Side => ({
  ...side(mode, [], "PyTorch"),
  run: () => failsIn-- > 0 ? Promise.resolve({ seconds: [1], evidence: [0.5] }) : Promise.reject(error),
});

Deno.test("measureInTurns() turns the order round every block and keeps block 0 apart", async () => {
  const order: string[] = [], evidence: unknown[] = [];
  const { timings, failures } = await measureInTurns([side("a", [100, 1, 2]), side("b", [100, 3, 4])], 2, {
    onRun: ({ mode }, block) => void order.push(`${mode}${block}`),
    afterBlock: (found) => void evidence.push(found),
  });
  assert.deepEqual(order, ["a0", "b0", "b1", "a1", "a2", "b2"]);
  assert.deepEqual(timings.map(({ blockSeconds }) => blockSeconds), [[2, 3], [4, 5]]);
  assert.deepEqual(timings.map(({ firstSeconds }) => firstSeconds), [101, 101]);
  assert.deepEqual(evidence, [[[0.5], [0.5]], [[0.5], [0.5]], [[0.5], [0.5]]]);
  assert.deepEqual(failures, []);
});

Deno.test("measureInTurns() knows no first time of a side that has nothing to warm", async () => {
  const { timings } = await measureInTurns(
    [{ ...side("a", []), run: (warming) => Promise.resolve({ seconds: warming ? [] : [7], evidence: [] }) }],
    1,
  );
  assert.deepEqual([timings[0].firstSeconds, timings[0].blockSeconds], [null, [7]]);
});

Deno.test("measureInTurns() leaves out a mode that cannot run, whenever it fails, and goes on with the others", async () => {
  const { timings, failures } = await measureInTurns(
    [side("a", [100, 1, 2]), failing("f32-compile", 0, new ModeError("no compiler")), failing("f32-late", 2, new ModeError("too late")), {
      ...side("f32", [100, 3, 4]),
      by: "PyTorch",
    }],
    2,
  );
  assert.deepEqual(timings.map(({ mode }) => mode), ["a", "f32"]);
  assert.deepEqual(failures, [{ mode: "f32-compile", error: "no compiler" }, { mode: "f32-late", error: "too late" }]);
});

Deno.test("measureInTurns() fails with the first reason when none of PyTorch's modes can run, and with any other error", async () => {
  const none = [side("a", [1, 1]), failing("f32", 0, new ModeError("no such thing"))];
  await assert.rejects(measureInTurns(none, 1), { message: "no such thing" });
  const gone = [side("a", [1, 1]), failing("f32", 0, new TypeError("gone")), side("f32-sdpa", [1, 1], "PyTorch")];
  await assert.rejects(measureInTurns(gone, 1), { message: "gone" });
});

Deno.test("largestDisagreement() refuses sides that did not do the same work", () => {
  const agreement = lossAgreement("f32");
  assert.equal(largestDisagreement([[0.5, 0.25, 0, 0, 9], [0.5, 0.2505, 0, 0, 8]], agreement).toFixed(6), "0.000500");
  assert.equal(largestDisagreement([[0.5], []], agreement), 0);
  assert.equal(largestDisagreement([], agreement), 0);
  assert.throws(() => largestDisagreement([[0.7, 0.6], [0.7, 0.61]], agreement), {
    message: "Cannot compare the sides as their losses of the first 4 steps must agree within 0.001 nats: 0.7000 0.6000; 0.7000 0.6100",
  });
  assert.equal(largestDisagreement([[0.7, 0.6], [0.7, 0.61]], lossAgreement("bf16")).toFixed(3), "0.010");
  assert.throws(() => largestDisagreement([[NaN], [0.7]], agreement), /must agree within 0.001 nats: NaN; 0.7000$/);
  const accuracies = { what: "accuracies", unit: "", values: 1, tolerance: 0.1 };
  assert.throws(() => largestDisagreement([[0.5], [0.75]], accuracies), {
    message: "Cannot compare the sides as their accuracies must agree within 0.1: 0.5000; 0.7500",
  });
});
