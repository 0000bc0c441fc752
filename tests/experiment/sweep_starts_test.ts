/** Sweeps whose runs start from others: order, weights handed on, and a start that is trained once more. */
import assert from "node:assert/strict";
import { dirname } from "node:path";
import { type RunConfig, standingAlone } from "../../lib/experiment/config.ts";
import type { DigestsOf } from "../../lib/experiment/inputs.ts";
import { runKey } from "../../lib/experiment/key.ts";
import { resolveConfig } from "../../lib/experiment/resolve.ts";
import { openStore, type Store } from "../../lib/experiment/store.ts";
import { type Execute, planSweep, sweep, type SweepEvent } from "../../lib/experiment/sweep.ts";
import { fakeRecord } from "../support/fake_record.ts";
import { flipRun as run } from "../support/flip_run.ts";

/** Runs that start from others, and an execute that hands weights on as a real one does. */
const proxy = (seed: number) => run(0.5, seed);
const starting = (rank: number, seed: number) => {
  const { start: _, ...before } = proxy(seed);
  return resolveConfig({ ...run(0, seed), method: { name: "lora", rank }, start: { run: before } });
};
const graphDigests: DigestsOf = async (config) => ({
  data: "d",
  weights: "w",
  ...config.start ? { start: runKey(standingAlone(config.start.run), await graphDigests(standingAlone(config.start.run))) } : {},
});
const label = ({ start, method, seed }: RunConfig) => `${start ? `rank ${method.name === "lora" && method.rank}` : "proxy"}/${seed}`;
const graph = [2, 4].flatMap((rank) => [1, 2].map((seed) => starting(rank, seed)));

async function graphSetting(test: (store: Store, execute: Execute, ran: string[]) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir(), ran: string[] = [];
  try {
    const execute: Execute = async (config, { key, digests, weights }) => {
      ran.push(label(config));
      if (config.start) await Deno.stat(weights!.pathOf(digests.start!)); // throws where they are not
      if (weights!.handsOn) {
        await Deno.mkdir(dirname(weights!.pathOf(key)), { recursive: true });
        await Deno.writeTextFile(weights!.pathOf(key), "weights");
      }
      return fakeRecord(config, key);
    };
    await test(await openStore(folder), execute, ran);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("planSweep() has a run behind the one that it starts from, asked for or not", async () => {
  const planned = (await planSweep(graph, graphDigests)).map(({ config }) => label(config));
  assert.deepEqual(planned, ["proxy/1", "rank 2/1", "rank 4/1", "proxy/2", "rank 2/2", "rank 4/2"]);
  const otherSeed = resolveConfig({ ...starting(2, 1), seed: 3 });
  assert.deepEqual((await planSweep([otherSeed, proxy(1)], graphDigests)).map(({ config }) => label(config)), ["proxy/1", "rank 2/3"]);
});

Deno.test("sweep() hands weights on while runs still start from them, and no longer", () =>
  graphSetting(async (store, execute, ran) => {
    const { records, failed } = await sweep({ configs: graph, store, execute, digestsOf: graphDigests });
    assert.deepEqual([records.length, failed], [6, []]);
    assert.deepEqual(ran, ["proxy/1", "rank 2/1", "rank 4/1", "proxy/2", "rank 2/2", "rank 4/2"]);
    for (const { key } of records) assert.equal(await store.hasWeights(key), false);
  }));

Deno.test("sweep() trains a run once more where its weights are gone and needed, and only then", () =>
  graphSetting(async (store, execute, ran) => {
    await sweep({ configs: graph, store, execute, digestsOf: graphDigests });
    ran.length = 0;
    await sweep({ configs: graph, store, execute, digestsOf: graphDigests });
    assert.deepEqual(ran, []);
    const events: SweepEvent[] = [];
    await sweep({ configs: [...graph, starting(8, 2)], store, execute, digestsOf: graphDigests, onEvent: (event) => void events.push(event) });
    assert.deepEqual(ran, ["proxy/2", "rank 8/2"]);
    assert.deepEqual(events[0], { kind: "planned", runs: 7, present: 5 });
    assert.equal((await store.list()).length, 7);
  }));

Deno.test("sweep() trains a start once more where another process has dropped its weights meanwhile", () =>
  graphSetting(async (store, execute, ran) => {
    const dropping: Execute = async (config, context) => {
      const record = await execute(config, context);
      if (ran.length === 2) await store.dropWeights(context.digests.start!); // another process is done with them
      return record;
    };
    const { records, failed } = await sweep({ configs: graph, store, execute: dropping, digestsOf: graphDigests });
    assert.deepEqual([records.length, failed], [6, []]);
    assert.deepEqual(ran, ["proxy/1", "rank 2/1", "proxy/1", "rank 4/1", "proxy/2", "rank 2/2", "rank 4/2"]);
    for (const { key } of records) assert.equal(await store.hasWeights(key), false);
  }));

Deno.test("sweep() ends a run that is trained once more as it ends any, tells of it, and does not take its time for that of the run that needs it", () =>
  graphSetting(async (store, execute, ran) => {
    const dropping: Execute = async (config, context) => {
      const record = await execute(config, context);
      if (!config.start) {
        await Deno.mkdir(context.checkpointFolder, { recursive: true });
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
      context.onProgress({ step: 2, steps: 2, loss: 0.5, rate: 100 });
      if (ran.length === 2) await store.dropWeights(context.digests.start!);
      return record;
    };
    const events: SweepEvent[] = [], onEvent = (event: SweepEvent) => void events.push(event);
    await sweep({ configs: [2, 4, 8].map((rank) => starting(rank, 1)), store, execute: dropping, digestsOf: graphDigests, onEvent });
    assert.deepEqual(ran, ["proxy/1", "rank 2/1", "proxy/1", "rank 4/1", "rank 8/1"]);
    assert.deepEqual(await Array.fromAsync(Deno.readDir(dirname(store.checkpointPath("key")))), []);
    const again = events.flatMap((event) => event.kind === "remaking" ? [event] : []);
    assert.deepEqual(again.map(({ run, before, progress }) => [label(run.config), label(before.config), progress.step]), [[
      "rank 4/1",
      "proxy/1",
      2,
    ]]);
    const { seconds, remainingSeconds } = events.flatMap((event) => event.kind === "finished" ? [event] : [])[2];
    assert.ok(seconds < 0.4 && remainingSeconds! < 0.15, `${seconds} s, ${remainingSeconds} s left`);
  }));

Deno.test("sweep() does not train a run again that has failed: those that start from it fail at once", () =>
  graphSetting(async (store, execute, ran) => {
    const diverging: Execute = async (config, context) => {
      const record = await execute(config, context);
      if (label(config) !== "proxy/1") return record;
      await store.dropWeights(context.key);
      throw new Error("the loss is not finite");
    };
    const { records, failed } = await sweep({ configs: graph, store, execute: diverging, digestsOf: graphDigests });
    assert.deepEqual(ran, ["proxy/1", "proxy/2", "rank 2/2", "rank 4/2"]);
    assert.equal(records.length, 3);
    const reason = "Cannot start the run as the run that it starts from must have been trained: the loss is not finite";
    assert.deepEqual(failed.map(({ run, error }) => [label(run.config), error.message]), [
      ["proxy/1", "the loss is not finite"],
      ["rank 2/1", reason],
      ["rank 4/1", reason],
    ]);
  }));

Deno.test("sweep() trains a run once more only once where that fails", () =>
  graphSetting(async (store, execute, ran) => {
    const diverging: Execute = async (config, context) => {
      const record = await execute(config, context);
      if (ran.length > 1) await store.dropWeights(context.digests.start ?? context.key);
      if (ran.length > 2 && !config.start) throw new Error("the loss is not finite");
      return record;
    };
    const { failed } = await sweep({ configs: [2, 4, 8].map((rank) => starting(rank, 1)), store, execute: diverging, digestsOf: graphDigests });
    assert.deepEqual(ran, ["proxy/1", "rank 2/1", "proxy/1"]);
    assert.deepEqual(failed.map(({ run }) => label(run.config)), ["rank 4/1", "rank 8/1"]);
  }));
