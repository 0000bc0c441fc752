import assert from "node:assert/strict";
import { dirname } from "node:path";
import { runKey } from "../../lib/experiment/key.ts";
import { createDigests } from "../../lib/experiment/inputs.ts";
import { selectExperiments } from "../../lib/experiment/experiments.ts";
import { profileNamed } from "../../lib/experiment/profiles.ts";
import type { Execute } from "../../lib/experiment/sweep.ts";
import { openWorkbench } from "../../lib/report/workbench.ts";
import { fakeRecord } from "../support/fake_record.ts";

const seed = 97; // no published run has it

function counting(): { execute: Execute; keys: string[] } {
  const keys: string[] = [];
  const execute: Execute = async (config, { key, digests, weights }) => {
    keys.push(key);
    if (weights?.handsOn) {
      await Deno.mkdir(dirname(weights.pathOf(key)), { recursive: true });
      await Deno.writeTextFile(weights.pathOf(key), "weights");
    }
    return { ...fakeRecord(config, key), digests: { ...digests, recipe: "1" } };
  };
  return { execute, keys };
}

async function inFolder(work: (outputs: string) => Promise<void>): Promise<void> {
  const outputs = await Deno.makeTempDir();
  try {
    await work(outputs);
  } finally {
    await Deno.remove(outputs, { recursive: true });
  }
}

Deno.test("openWorkbench() trains what no store has, once, and hands it out again", () =>
  inFolder(async (outputs) => {
    const { execute, keys } = counting();
    const bench = await openWorkbench({ outputs, seeds: [seed], execute });
    assert.deepEqual(await bench.storedOf("fig-a1"), []);
    const records = await bench.recordsOf("fig-a1");
    assert.equal(records.length, 2 * profileNamed("quick").tasks.flatMap(({ flipRates }) => flipRates).length);
    assert.equal(keys.length, records.length);
    assert.deepEqual((await bench.recordsOf("fig-a1")).map(({ key }) => key), records.map(({ key }) => key));
    assert.equal(keys.length, records.length);
    assert.deepEqual((await bench.keysOf("fig-a1")).sort(), records.map(({ key }) => key).sort());
    assert.equal(
      (await bench.keysOf("fig-b1")).length,
      2 * selectExperiments(["fig-b1"])[0].configs(profileNamed("quick"), [seed]).length,
      "with the encoders",
    );
    const [config] = [records[3].config], digests = await createDigests()(config);
    assert.equal((await bench.run(config))[0].key, runKey(config, digests));
  }));

Deno.test("recordsOf() trains the runs that an experiment's own start from as well, and shows how far it is of all of them", () =>
  inFolder(async (outputs) => {
    const { execute, keys } = counting(), bench = await openWorkbench({ outputs, seeds: [seed], execute });
    const records = await bench.recordsOf("table-b1"), starts = new Set(records.map(({ digests }) => digests.start));
    assert.equal(keys.length, records.length + starts.size);
  }));

Deno.test("openWorkbench() says which run failed instead of drawing without it", () =>
  inFolder(async (outputs) => {
    const execute: Execute = () => Promise.reject(new Error("Cannot train as a test forbids it: now"));
    const bench = await openWorkbench({ outputs, seeds: [seed], execute });
    await assert.rejects(() => bench.recordsOf("fig-a1"), { message: "Cannot train as a test forbids it: now" });
  }));

Deno.test("show() draws a figure of the paper and names the known ones", () =>
  inFolder(async (outputs) => {
    const bench = await openWorkbench({ outputs });
    const shown = await bench.show("fig-a1", []) as unknown as Record<symbol, () => Record<string, unknown>>;
    assert.ok("application/vnd.vegalite.v5+json" in shown[Symbol.for("Jupyter.display")]());
    await assert.rejects(() => bench.show("fig-z1", []), {
      message: /^Cannot show the figure as its id must be one of fig-a1, fig-a2, .*: fig-z1$/,
    });
  }));

Deno.test("claims() has the verdicts that the records at hand allow", () =>
  inFolder(async (outputs) => {
    const bench = await openWorkbench({ outputs, seeds: [seed, seed + 1], execute: counting().execute });
    const verdictOn = async (id: string) => (await bench.claims()).find((row) => row.id === id)!;
    assert.equal((await verdictOn("A-4.3-1")).verdict, "not run yet");
    const runs = await bench.recordsOf("fig-a1"), { verdict, provisional, keys } = await verdictOn("A-4.3-1");
    assert.deepEqual([verdict, provisional], ["not reproduced", true], "runs that are all alike, of two seeds");
    assert.ok(keys.length > 0 && keys.every((key) => runs.some((run) => run.key === key)));
  }));

Deno.test("openWorkbench() reads seeds from the environment, and refuses what is none", () =>
  inFolder(async (outputs) => {
    try {
      Deno.env.set("LOWRANK_SEEDS", "1,two");
      await assert.rejects(() => openWorkbench({ outputs }), {
        name: "RangeError",
        message: "Cannot open the workbench as LOWRANK_SEEDS must be seeds: 1,two. Each seed must be a whole number from 0: two",
      });
      Deno.env.set("LOWRANK_SEEDS", "4, 7");
      const keys = await (await openWorkbench({ outputs })).keysOf("fig-a1");
      assert.deepEqual(keys, await (await openWorkbench({ outputs, seeds: [4, 7] })).keysOf("fig-a1"));
    } finally {
      Deno.env.delete("LOWRANK_SEEDS");
    }
  }));

Deno.test("openWorkbench() reads the precision from the environment, and refuses what is none", () =>
  inFolder(async (outputs) => {
    try {
      Deno.env.set("LOWRANK_PRECISION", "bf16");
      const { profile, keysOf } = await openWorkbench({ outputs }), usual = await openWorkbench({ outputs, precision: "f32" });
      assert.equal(profile.precision, "bf16");
      assert.notDeepEqual(await keysOf("fig-a1"), await usual.keysOf("fig-a1"));
      Deno.env.set("LOWRANK_PRECISION", "half");
      await assert.rejects(() => openWorkbench({ outputs }), {
        name: "RangeError",
        message: "Cannot open the workbench as the precision must be one of f32, bf16: half",
      });
    } finally {
      Deno.env.delete("LOWRANK_PRECISION");
    }
  }));
