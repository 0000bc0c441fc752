import assert from "node:assert/strict";
import type { RunConfig } from "../../lib/experiment/config.ts";
import { resolveConfig } from "../../lib/experiment/resolve.ts";
import { openStore, type Store } from "../../lib/experiment/store.ts";
import { type Execute, planSweep, sweep, type SweepEvent } from "../../lib/experiment/sweep.ts";
import { fakeRecord } from "../support/fake_record.ts";
import { flipRun as run } from "../support/flip_run.ts";

const digestsOf = () => Promise.resolve({ data: "d", weights: "w" });
const name = ({ attack, seed }: RunConfig) => `${attack.name === "none" ? 0 : attack.poisonRate}/${seed}`;
const configs = [0, 0.1, 0.2].flatMap((rate) => [1, 2].map((seed) => run(rate, seed)));

/** A store of its own, and an execute that notes what it ran. */
async function setting(test: (store: Store, execute: Execute, ran: string[]) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir(), ran: string[] = [];
  try {
    const execute: Execute = (config, { key, onProgress }) => {
      ran.push(name(config));
      onProgress({ step: 1, steps: 2, loss: 0.5, rate: 100 });
      return Promise.resolve(fakeRecord(config, key));
    };
    await test(await openStore(folder), execute, ran);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("planSweep() puts the runs of one computation next to each other within a seed, whatever their poison, rate and variance", async () => {
  const methods = [{ name: "full" }, { name: "lora", rank: 2 }, { name: "lora", rank: 4 }, { name: "lora", rank: 2, initVariance: 2 }];
  const mixed = [1, 2].flatMap((seed) =>
    [0.1, 0.2].flatMap((poisonRate) => methods.map((method) => resolveConfig({ ...run(0, seed), attack: { name: "upa", poisonRate }, method })))
  );
  const order = (await planSweep(mixed, digestsOf)).map(({ config: { seed, method } }) =>
    `${seed} ${method.name === "lora" ? method.rank : method.name}`
  );
  assert.deepEqual(order, [1, 2].flatMap((seed) => ["full", "full", "2", "2", "2", "2", "4", "4"].map((kind) => `${seed} ${kind}`)));
});

Deno.test("planSweep() has the first seed alone, then pairs of seeds, in which a computation is traced once", async () => {
  const methods = [{ name: "full" }, { name: "lora", rank: 2 }];
  const all = [4, 1, 3, 2].flatMap((seed) => methods.map((method) => resolveConfig({ ...run(0, seed), method })));
  const order = (await planSweep(all, digestsOf)).map(({ config: { seed, method } }) => `${method.name} ${seed}`);
  assert.deepEqual(order, ["full 4", "lora 4", "full 1", "full 3", "lora 1", "lora 3", "full 2", "lora 2"]);
});

Deno.test("sweep() runs all cells of the first seed before those of the second, each once", () =>
  setting(async (store, execute, ran) => {
    const { records, failed, aborted } = await sweep({ configs: [...configs, ...configs], store, execute, digestsOf });
    assert.deepEqual(ran, ["0/1", "0.1/1", "0.2/1", "0/2", "0.1/2", "0.2/2"]);
    assert.deepEqual(records.map(({ config }) => name(config)), ran);
    assert.deepEqual({ failed, aborted }, { failed: [], aborted: false });
    assert.equal((await store.list()).length, 6);
  }));

Deno.test("sweep() skips what the store holds", () =>
  setting(async (store, execute, ran) => {
    await sweep({ configs: configs.slice(0, 3), store, execute, digestsOf });
    ran.length = 0;
    const events: SweepEvent[] = [];
    const { records } = await sweep({ configs, store, execute, digestsOf, onEvent: (event) => void events.push(event) });
    assert.deepEqual(ran, ["0.2/1", "0.1/2", "0.2/2"]);
    assert.equal(records.length, 6);
    assert.deepEqual(events[0], { kind: "planned", runs: 6, present: 3 });
    assert.equal(events.filter(({ kind }) => kind === "skipped").length, 3);
  }));

Deno.test("sweep() takes a record that another process has published meanwhile", () =>
  setting(async (store, execute, ran) => {
    const slow: Execute = async (config, context) => {
      const other = await sweep({ configs, store, execute, digestsOf });
      assert.equal(other.records.length, 6);
      return fakeRecord(config, context.key, 0.99);
    };
    const { records } = await sweep({ configs, store, execute: slow, digestsOf });
    assert.equal(ran.length, 6);
    assert.deepEqual(records, await Promise.all(records.map(({ key }) => store.get(key)))); // the published one, not its own
    assert.notDeepEqual(records[0].result, fakeRecord(records[0].config, records[0].key, 0.99).result);
  }));

Deno.test("sweep() tells each step, with a forecast for the whole", () =>
  setting(async (store, execute) => {
    const events: SweepEvent[] = [];
    await sweep({ configs: configs.slice(0, 2), store, execute, digestsOf, onEvent: (event) => void events.push(event) });
    const kinds = ["planned", "started", "progress", "finished", "started", "progress", "finished"];
    assert.deepEqual(events.map(({ kind }) => kind), kinds);
    const remaining = events.flatMap((event) => "remainingSeconds" in event ? [event.remainingSeconds] : []);
    assert.equal(remaining[0], null);
    assert.ok(remaining.slice(1).every((seconds) => seconds !== null && seconds >= 0));
    assert.equal(remaining.at(-1), 0);
  }));

Deno.test("sweep() tells how far a defence is, and leaves its time out of the forecast", () =>
  setting(async (store, execute) => {
    const purifying: Execute = async (config, context) => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      context.onPurify!({ defence: "onion", done: 7, total: 7 });
      return execute(config, context);
    };
    const events: SweepEvent[] = [];
    await sweep({ configs: configs.slice(0, 2), store, execute: purifying, digestsOf, onEvent: (event) => void events.push(event) });
    assert.deepEqual(events.map(({ kind }) => kind).slice(0, 5), ["planned", "started", "purifying", "progress", "finished"]);
    const [first] = events.filter((event) => event.kind === "finished");
    assert.ok(first.seconds >= 0.29, `${first.seconds} s`);
    assert.ok(first.remainingSeconds! < first.seconds, "the run to come has its training alone");
  }));

Deno.test("sweep() reports a run that fails and goes on", () =>
  setting(async (store, execute, ran) => {
    const breaking: Execute = (config, context) => {
      if (name(config) === "0.1/1") throw new Error("the loss is not finite");
      return execute(config, context);
    };
    const events: SweepEvent[] = [];
    const { records, failed } = await sweep({ configs, store, execute: breaking, digestsOf, onEvent: (event) => void events.push(event) });
    assert.equal(records.length, 5);
    assert.deepEqual(failed.map(({ run, error }) => [name(run.config), error.message]), [["0.1/1", "the loss is not finite"]]);
    assert.equal(events.filter(({ kind }) => kind === "failed").length, 1);
    ran.length = 0;
    await sweep({ configs, store, execute, digestsOf });
    assert.deepEqual(ran, ["0.1/1"]);
  }));

Deno.test("sweep() stops at its signal, keeps what is finished and goes on from there", () =>
  setting(async (store, execute, ran) => {
    const stop = new AbortController();
    const interrupted: Execute = (config, context) => {
      if (name(config) !== "0.2/1") return execute(config, context);
      stop.abort();
      return Promise.reject(new DOMException("stopped", "AbortError"));
    };
    const { records, failed, aborted } = await sweep({ configs, store, execute: interrupted, digestsOf, signal: stop.signal });
    assert.deepEqual([records.length, failed.length, aborted], [2, 0, true]);
    ran.length = 0;
    const rest = await sweep({ configs, store, execute, digestsOf });
    assert.deepEqual(ran, ["0.2/1", "0/2", "0.1/2", "0.2/2"]);
    assert.equal(rest.records.length, 6);
  }));

Deno.test("sweep() gives each run its key, its digests and its own checkpoint folder", () =>
  setting(async (store) => {
    const folders = new Set<string>();
    const execute: Execute = (config, { key, digests, checkpointFolder }) => {
      assert.equal(checkpointFolder, store.checkpointPath(key));
      assert.deepEqual(digests, { data: "d", weights: "w" });
      folders.add(checkpointFolder);
      return Promise.resolve(fakeRecord(config, key));
    };
    await sweep({ configs, store, execute, digestsOf });
    assert.equal(folders.size, 6);
  }));

Deno.test("sweep() ends with the error of a store that cannot write", () =>
  setting(async (store, execute, ran) => {
    const full: Store = { ...store, put: () => Promise.reject(new Error("the disk is full")) };
    await assert.rejects(sweep({ configs, store: full, execute, digestsOf }), { message: "the disk is full" });
    assert.equal(ran.length, 1);
  }));

Deno.test("sweep() ends with one sentence where a run finds no room for its checkpoint", () =>
  setting(async (store, _execute, ran) => {
    const full: Execute = (config) => {
      ran.push(name(config));
      return Promise.reject(Object.assign(new Error("No space left on device (os error 28)"), { code: "ENOSPC" }));
    };
    await assert.rejects(sweep({ configs, store, execute: full, digestsOf }), {
      message:
        `Cannot store a run as there must be room in ${store.folder}: the disk is full; free some space, the same command goes on where it stopped`,
    });
    assert.equal(ran.length, 1);
  }));

Deno.test("sweep() counts a failed run as skipped where another process has published it meanwhile", () =>
  setting(async (store, execute) => {
    const late: Execute = async (config, context) => {
      await store.put(await execute(config, context));
      throw new Deno.errors.NotFound("the checkpoint's folder is gone");
    };
    const kinds: string[] = [];
    const { records, failed } = await sweep({ configs, store, execute: late, digestsOf, onEvent: ({ kind }) => void kinds.push(kind) });
    assert.deepEqual([records.length, failed.length], [6, 0]);
    assert.equal(kinds.filter((kind) => kind === "skipped").length, 6);
  }));

Deno.test("sweep() tells a slow listener one event after the other, and ends with the listener's error", () =>
  setting(async (store) => {
    const execute: Execute = (config, { key, onProgress }) => {
      for (const step of [1, 2, 3]) onProgress({ step, steps: 3, loss: 0.5, rate: 100 });
      return Promise.resolve(fakeRecord(config, key));
    };
    const told: (number | string)[] = [];
    const slow = async (event: SweepEvent) => {
      if (event.kind === "progress") await new Promise((resolve) => setTimeout(resolve, 6 - 2 * event.progress.step));
      told.push(event.kind === "progress" ? event.progress.step : event.kind);
    };
    await sweep({ configs: configs.slice(0, 1), store, execute, digestsOf, onEvent: slow });
    assert.deepEqual(told, ["planned", "started", 1, 2, 3, "finished"]);

    const patient: Execute = async (config, context) => {
      const record = await execute(config, context);
      await new Promise((resolve) => setTimeout(resolve, 5)); // the listener has failed long before the run ends
      return record;
    };
    const broken = (event: SweepEvent) => event.kind === "progress" ? Promise.reject(new Error("the screen is gone")) : undefined;
    await assert.rejects(sweep({ configs, store, execute: patient, digestsOf, onEvent: broken }), { message: "the screen is gone" });
  }));
