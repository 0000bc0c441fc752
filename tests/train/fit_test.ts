import assert from "node:assert/strict";
import { join } from "node:path";
import { loadCheckpoint, saveCheckpoint } from "../../lib/train/checkpoint.ts";
import { outcomeOf, spawn } from "../support/command.ts";
import { fitTiny, sequences, steps } from "../support/fit_tiny.ts";
import { engineTest, leaksNothing } from "../support/tensorflow.ts";

async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Runs until `stopAfter` steps are done, then aborts. */
async function interrupted(name: "full" | "lora", folder: string, stopAfter: number, options: Parameters<typeof fitTiny>[3] = {}): Promise<void> {
  const stop = new AbortController(), reason = new Error("stopped by the test");
  if (stopAfter === 0) stop.abort(reason);
  const onProgress = ({ step }: { step: number }) => step === stopAfter && stop.abort(reason);
  await assert.rejects(fitTiny(name, { checkpointFolder: folder, signal: stop.signal, onProgress }, 1, options), reason);
}

for (const name of ["full", "lora"] as const) {
  engineTest(`fit() gives the same bytes for the same seed, others for another, and leaks nothing: ${name}`, async (engine) => {
    const first = await leaksNothing(engine, () => fitTiny(name));
    assert.deepEqual(await fitTiny(name), first);
    assert.notEqual((await fitTiny(name, {}, 2)).digest, first.digest);
    assert.deepEqual([first.steps, first.stepLoss.length, first.epochLoss.length, first.resumed], [steps, steps, 2, 0]);
  });

  engineTest(`fit() aborted anywhere and resumed is the run without a break, bit for bit: ${name}`, async () => {
    const whole = await fitTiny(name);
    for (const stopAfter of [0, 1, 5, 6, 11]) {
      await withFolder(async (folder) => {
        await interrupted(name, folder, stopAfter);
        assert.equal((await loadCheckpoint(folder))!.step, stopAfter);
        assert.deepEqual(await fitTiny(name, { checkpointFolder: folder }), { ...whole, resumed: 1 }, `after ${stopAfter}`);
      });
    }
  });
}

engineTest("fit() ends after maxSteps, in the middle of an epoch, and resumes to the same bytes", async () => {
  const limited = await fitTiny("lora", {}, 1, { maxSteps: 8 });
  assert.deepEqual([limited.steps, limited.stepLoss.length, limited.epochLoss.length], [8, 8, 2]);
  for (const stopAfter of [3, 7]) {
    await withFolder(async (folder) => {
      await interrupted("lora", folder, stopAfter, { maxSteps: 8 });
      assert.deepEqual(await fitTiny("lora", { checkpointFolder: folder }, 1, { maxSteps: 8 }), { ...limited, resumed: 1 });
    });
  }
  assert.deepEqual(await fitTiny("lora", {}, 1, { maxSteps: 100 }), await fitTiny("lora"));
  assert.equal((await fitTiny("lora", {}, 1, { maxSteps: 3 })).epochLoss.length, 1);
});

engineTest("fit() has the schedule end with maxSteps, over the same batches", async () => {
  const [limited, whole] = [await fitTiny("lora", {}, 1, { maxSteps: 6 }), await fitTiny("lora")];
  assert.equal(limited.stepLoss[0], whole.stepLoss[0]);
  assert.notEqual(limited.stepLoss[5], whole.stepLoss[5]); // its rate had fallen further
});

/** The weights of fitTiny("lora") at the end of either epoch; the schedule is that of both. */
async function epochEnds(): Promise<[string, string]> {
  const seen: string[] = [];
  await fitTiny("lora", {}, 1, { scoreOf: (weights) => seen.push(weights) });
  return seen as [string, string];
}

engineTest("fit() leaves the weights of the epoch with the best score, of equals the first, and says every score", async (engine) => {
  const [first, last] = await epochEnds(), plain = await fitTiny("lora");
  assert.equal(plain.weights, last);
  assert.equal("best" in plain, false);
  for (const { scores, epoch } of [{ scores: [0.5, 0.6], epoch: 1 }, { scores: [0.6, 0.5], epoch: 0 }, { scores: [0.5, 0.5], epoch: 0 }]) {
    const scoreOf = (weights: string) => scores[weights === first ? 0 : 1];
    const { best, weights, stepLoss } = await leaksNothing(engine, () => fitTiny("lora", {}, 1, { scoreOf }));
    assert.deepEqual([best, weights, stepLoss], [{ epoch, scores }, [first, last][epoch], plain.stepLoss]);
  }
  const { best } = await fitTiny("lora", {}, 1, { maxSteps: 8, scoreOf: () => 1 });
  assert.deepEqual(best, { epoch: 0, scores: [1, 1] }, "an epoch that a limit cuts short is one");
});

engineTest("fit() aborted anywhere and resumed leaves the same best epoch, asked once of each", async () => {
  const [first] = await epochEnds();
  let asked = 0;
  const scoreOf = (weights: string) => {
    asked++;
    return weights === first ? 0.9 : 0.1;
  };
  const whole = await fitTiny("lora", {}, 1, { scoreOf });
  for (const stopAfter of [2, 6, 9]) {
    await withFolder(async (folder) => {
      asked = 0;
      await interrupted("lora", folder, stopAfter, { scoreOf });
      assert.deepEqual(await fitTiny("lora", { checkpointFolder: folder }, 1, { scoreOf }), { ...whole, resumed: 1 }, `after ${stopAfter}`);
      assert.equal(asked, 2);
    });
  }
});

engineTest("fit() counts how often it was resumed", async () => {
  await withFolder(async (folder) => {
    for (const stopAfter of [2, 4, 9]) await interrupted("lora", folder, stopAfter);
    assert.deepEqual(await fitTiny("lora", { checkpointFolder: folder }), { ...await fitTiny("lora"), resumed: 3 });
  });
});

engineTest("fit() starts over where the checkpoint is cut or not a checkpoint", async () => {
  await withFolder(async (folder) => {
    await interrupted("lora", folder, 3);
    const file = join(folder, "checkpoint.safetensors"), bytes = await Deno.readFile(file), whole = await fitTiny("lora");
    for (const damaged of [bytes.slice(0, bytes.length - 1), bytes.slice(0, 100), new Uint8Array(), new TextEncoder().encode("not a checkpoint")]) {
      await Deno.writeFile(file, damaged);
      assert.equal(await loadCheckpoint(folder), null);
      assert.deepEqual(await fitTiny("lora", { checkpointFolder: folder, checkpointSeconds: 1000 }), whole);
    }
  });
});

engineTest("fit() starts over where the checkpoint is of another trainer", async () => {
  await withFolder(async (folder) => {
    await interrupted("full", folder, 3);
    assert.deepEqual(await fitTiny("lora", { checkpointFolder: folder, checkpointSeconds: 1000 }), await fitTiny("lora"));
  });
});

engineTest("fit() reports each step, and means over an epoch's rows", async () => {
  const seen: { step: number; steps: number; loss: number; rate: number }[] = [];
  const { stepLoss, epochLoss } = await fitTiny("lora", { onProgress: (progress) => seen.push(progress) });
  assert.deepEqual(seen.map(({ step }) => step), Array.from({ length: steps }, (_, i) => i + 1));
  assert.deepEqual(seen.map(({ loss }) => loss), stepLoss);
  assert(seen.every(({ steps: all, rate }) => all === steps && rate > 0));
  // One batch of each epoch has one row only (21 = 5 x 4 + 1), wherever the shuffle put it: its loss counts a quarter.
  for (const [epoch, mean] of epochLoss.entries()) {
    const losses = stepLoss.slice(6 * epoch, 6 * epoch + 6), sum = losses.reduce((a, b) => a + b, 0);
    const candidates = losses.map((single) => (4 * (sum - single) + single) / sequences.length);
    assert(candidates.some((candidate) => Math.abs(candidate - mean) < 1e-12), `epoch ${epoch}`);
  }
});

Deno.test("saveCheckpoint() and loadCheckpoint() keep every bit, NaN losses included; nothing else lies in the folder", async () => {
  await withFolder(async (folder) => {
    assert.equal(await loadCheckpoint(folder), null);
    const state = new Map([["w", { shape: [2], data: Float32Array.of(0.1, NaN) }]]);
    const best = { epoch: 1, scores: [0.1, 0.1 + 0.2], weights: new Map([["w", { shape: [2], data: Float32Array.of(1, -0.1) }]]) };
    const checkpoint = { state, step: 3, stepLoss: [0.1 + 0.2, NaN, 1e-300], resumed: 2, best };
    const deep = join(folder, "a", "b");
    await saveCheckpoint(deep, { ...checkpoint, step: 1, stepLoss: [1], best: null });
    assert.equal((await loadCheckpoint(deep))!.best, null);
    await saveCheckpoint(deep, checkpoint);
    assert.deepEqual(await loadCheckpoint(deep), checkpoint);
    assert.deepEqual([...Deno.readDirSync(deep)].map(({ name }) => name), ["checkpoint.safetensors"]);
  });
});

engineTest("a process killed in the middle and started again ends with the same bytes", async () => {
  await withFolder(async (folder) => {
    const first = spawn("tests/support/fit_tiny.ts", ["lora", folder]), reader = first.stdout.pipeThrough(new TextDecoderStream()).getReader();
    let output = "";
    while (!output.includes("step 4\n")) {
      const { value, done } = await reader.read();
      if (done) break;
      output += value;
    }
    first.kill("SIGKILL");
    while (!(await reader.read()).done);
    await first.stderr.cancel();
    await first.status;
    assert(!output.includes("digest"), output);
    const step = (await loadCheckpoint(folder))!.step;
    assert(step >= 3 && step < steps, String(step));
    const { code, stdout, stderr } = await outcomeOf(spawn("tests/support/fit_tiny.ts", ["lora", folder]));
    assert.deepEqual([code, stderr], [0, ""]);
    const { digest, stepLoss } = await fitTiny("lora");
    assert.deepEqual(JSON.parse(stdout.trim().split("\n").at(-1)!), { digest, stepLoss, resumed: 1 });
  });
});
