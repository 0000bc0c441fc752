import assert from "node:assert/strict";
import { join } from "node:path";
import { profileNamed } from "../../lib/experiment/profiles.ts";
import { openStore } from "../../lib/experiment/store.ts";
import { hasBfloat16 } from "../../lib/tensor/processor.ts";
import { outcomeOf, run, spawn } from "../support/command.ts";

const { tasks } = profileNamed("quick"), rates = tasks[0].flipRates;
const runs = tasks.reduce((sum, { flipRates }) => sum + 2 * flipRates.length, 0); // fig-a1: each rate by both methods, 1 seed
const program = "tests/support/fake_reproduce.ts", first = `\\[ *1/${runs}\\] FF, clean, mr, seed 1`;

async function withOutputs(test: (outputs: string) => Promise<void>): Promise<void> {
  const outputs = await Deno.makeTempDir();
  try {
    await test(outputs);
  } finally {
    await Deno.remove(outputs, { recursive: true });
  }
}

const exists = (path: string) => Deno.stat(path).then(() => true, () => false);
const attempts = async (outputs: string) => (await Deno.readTextFile(join(outputs, "attempts"))).trim().split("\n");

Deno.test("reproduce leaves records, figures, the report and a table", () =>
  withOutputs(async (outputs) => {
    const { code, stdout, stderr } = await run(program, [outputs, "0"]);
    assert.equal(code, 0, stderr);
    for (const file of ["figures/fig-a1.vl.json", "figures/fig-a1.svg", "figures/fig-a1.rows.json", "report.html"]) {
      assert.ok(await exists(join(outputs, file)), file);
    }
    assert.match(stderr, new RegExp(`^${runs} runs, 0 of them done before\n`));
    assert.match(stderr, new RegExp(`${first}: clean accuracy \\.750, `));
    assert.match(stdout, new RegExp(`LoRA, label flips ${100 * rates.at(-1)!} %`));
    assert.match(
      stdout,
      new RegExp(
        `1 seed: trends, no verdicts \\(a verdict needs 5\\); took \\d+ s\\nPaper A: 141 claims: .*\\nPaper B: 93 claims: .*\\nReport: ${
          join(outputs, "report.html")
        }\\n$`,
      ),
    );
    assert.equal(await exists(join(outputs, "checkpoints", "x")), false);

    const again = await run(program, [outputs, "0"]);
    assert.equal(again.code, 0);
    assert.match(again.stderr, new RegExp(`^${runs} runs, ${runs} of them done before\n`));
    assert.equal((await attempts(outputs)).length, runs);
  }));

Deno.test("reproduce goes on after a run that fails, and ends with 1 and its message", () =>
  withOutputs(async (outputs) => {
    const { code, stderr } = await run(program, [outputs, "0", "fail"]);
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`${first} FAILED: Cannot train as the loss must be finite: NaN`));
    assert.match(stderr, /every run must end: 2 failed, the first with: Cannot train as the loss must be finite: NaN\n$/);
    assert.equal((await attempts(outputs)).length, runs);
    assert.ok(await exists(join(outputs, "report.html")));
  }));

Deno.test("reproduce in bf16 trains runs of their own, or says before the first what the processor lacks", () =>
  withOutputs(async (outputs) => {
    const usual = await run(program, [outputs, "0"]), rounded = await run(program, [outputs, "0", "bf16"]);
    if (!hasBfloat16()) {
      assert.equal(rounded.code, 1);
      assert.match(rounded.stderr, /^Cannot train in bf16 as the processor must have AMX or AVX-512 bf16 instructions: /);
      assert.equal((await attempts(outputs)).length, runs);
      return;
    }
    assert.deepEqual([usual.code, rounded.code], [0, 0], rounded.stderr);
    assert.match(rounded.stderr, new RegExp(`^${runs} runs, 0 of them done before\n`, "m"));
    assert.match(rounded.stdout, /deno task claims --profile quick --precision bf16 shows them/);
    const records = await (await openStore(outputs, { readOnly: true })).list();
    assert.deepEqual([...Map.groupBy(records, ({ config }) => config.precision)].map(([name, own]) => [name, own.length]).sort(), [["bf16", runs], [
      "f32",
      runs,
    ]]);
  }));

for (const { signal, exit } of [{ signal: "SIGINT", exit: 130 }, { signal: "SIGTERM", exit: 143 }, { signal: "SIGKILL", exit: 137 }] as const) {
  Deno.test(`reproduce goes on where ${signal} stopped it`, { ignore: Deno.build.os === "windows" }, () =>
    withOutputs(async (outputs) => {
      const child = spawn(program, [outputs, "40"]);
      while (!await exists(join(outputs, "attempts")) || (await attempts(outputs)).length < 3) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      child.kill(signal);
      const { code, stderr } = await outcomeOf(child);
      assert.equal(code, exit);
      if (signal !== "SIGKILL") {
        assert.match(stderr, /Stopping; what is done is kept \(again: at once\)[\s\S]*Stopped\. The same command goes on from here\n$/);
      }
      const before = await attempts(outputs);
      assert.ok(before.length < runs);

      const again = await run(program, [outputs, "0"]);
      assert.equal(again.code, 0, again.stderr);
      const after = await attempts(outputs);
      assert.equal(new Set(after).size, runs);
      assert.ok(after.length <= runs + 1, "at most the interrupted run is started again");
    }));
}
