import assert from "node:assert/strict";
import { join } from "node:path";
import { temporaryName } from "../../lib/assets/temporary.ts";
import { fakeRecord, smallConfig as config } from "../support/fake_record.ts";
import { explainDiskError } from "../../lib/experiment/keyed_files.ts";
import { openStore } from "../../lib/experiment/store.ts";

const keyOf = (n: number) => n.toString(16).padStart(2, "0").repeat(32);

async function withStore(test: (folder: string, problems: string[]) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder, []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("openStore() gives back what was put, under runs/<aa>/<key>.json", () =>
  withStore(async (folder) => {
    const store = await openStore(folder), record = fakeRecord(config, keyOf(10));
    assert.equal(await store.get(record.key), null);
    assert.equal(await store.put(record), true);
    assert.deepEqual(await store.get(record.key), record);
    assert.ok((await Deno.stat(join(folder, "runs", "0a", `${record.key}.json`))).isFile);
    assert.deepEqual(await Array.fromAsync(Deno.readDir(join(folder, "tmp"))), []);
  }));

Deno.test("put() leaves the first record of a key in place and says so", () =>
  withStore(async (folder) => {
    const store = await openStore(folder);
    assert.equal(await store.put(fakeRecord(config, keyOf(1), 0.7)), true);
    assert.equal(await store.put(fakeRecord(config, keyOf(1), 0.9)), false);
    assert.deepEqual((await store.get(keyOf(1)))?.result, fakeRecord(config, keyOf(1), 0.7).result);
  }));

Deno.test("put() removes the run's checkpoints, and only those", () =>
  withStore(async (folder) => {
    const store = await openStore(folder);
    for (const n of [1, 2]) await Deno.mkdir(store.checkpointPath(keyOf(n)), { recursive: true });
    await Deno.writeTextFile(join(store.checkpointPath(keyOf(1)), "step-10"), "x");
    await store.put(fakeRecord(config, keyOf(1)));
    assert.deepEqual((await Array.fromAsync(Deno.readDir(join(folder, "checkpoints")))).map(({ name }) => name), [keyOf(2)]);
  }));

Deno.test("list() gives all records in the order of their keys, and none of an empty store", () =>
  withStore(async (folder) => {
    const store = await openStore(folder);
    assert.deepEqual(await store.list(), []);
    for (const n of [200, 3, 17]) await store.put(fakeRecord(config, keyOf(n)));
    assert.deepEqual((await store.list()).map(({ key }) => key), [3, 17, 200].map(keyOf));
  }));

Deno.test("remove() takes a record away, also one that is not there, and nothing of a store that is read", () =>
  withStore(async (folder) => {
    const store = await openStore(folder);
    for (const n of [1, 2]) await store.put(fakeRecord(config, keyOf(n)));
    await store.remove(keyOf(1));
    await store.remove(keyOf(9));
    assert.deepEqual((await store.list()).map(({ key }) => key), [keyOf(2)]);
    const read = await openStore(folder, { readOnly: true });
    await assert.rejects(read.remove(keyOf(2)), {
      message: `Cannot remove a run as ${folder} must be open for writing: it was opened to be read`,
    });
  }));

Deno.test("put() keeps the loss of a run that diverged", () =>
  withStore(async (folder) => {
    const store = await openStore(folder), record = fakeRecord(config, keyOf(1));
    const diverged = { ...record, result: { ...record.result, history: { steps: 2, epochLoss: [NaN], stepLoss: [0.7, NaN] } } };
    await store.put(diverged);
    assert.deepEqual((await store.get(record.key))?.result.history, diverged.result.history);
  }));

Deno.test("put() by 20 processes at once: one wins, its record is whole, nothing is left over", () =>
  withStore(async (folder) => {
    const script = new URL("../support/put_record.ts", import.meta.url).pathname;
    const writers = Array.from({ length: 20 }, (_, n) =>
      new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", "--no-check", script, folder, keyOf(7), `${n}`],
        stdin: "piped",
        stdout: "piped",
        stderr: "null",
      }).spawn());
    const outputs = writers.map(({ stdout }) => stdout.pipeThrough(new TextDecoderStream()).getReader());
    for (const output of outputs) assert.equal((await output.read()).value, "ready\n");
    await Promise.all(writers.map(({ stdin }) => stdin.close())); // all are waiting for this
    const outcomes = await Promise.all(outputs.map(async (output) => (await output.read()).value?.trim() ?? "nothing"));
    await Promise.all([...writers.map(({ status }) => status), ...outputs.map((output) => output.cancel())]);
    assert.deepEqual(outcomes.toSorted(), [...new Array(19).fill("lost"), "won"]);
    const winner = outcomes.findIndex((outcome) => outcome === "won");
    const store = await openStore(folder, { onProblem: (problem) => assert.fail(problem) });
    assert.equal((await store.get(keyOf(7)))?.result.trainableParameters, winner);
    assert.deepEqual(await Array.fromAsync(Deno.readDir(join(folder, "tmp"))), []);
  }));

for (
  const { what, text, reason } of [
    { what: "truncated", text: (whole: string) => whole.slice(0, 100), reason: /JSON/ },
    { what: "empty", text: () => "", reason: /JSON/ },
    { what: "of another shape", text: (whole: string) => whole.replace('"steps": 96', '"steps": "many"'), reason: /result\.history\.steps: / },
    {
      what: "of counts that its config does not ask for",
      text: (whole: string) => whole.replace('"changed": []', '"changed": [[[1, 0], [0, 1]]]'),
      reason: /result\.changed: must have one/,
    },
    { what: "under another key", text: (whole: string) => whole.replace(keyOf(5), keyOf(6)), reason: /it holds 0606/ },
  ]
) {
  Deno.test(`get() moves a record file aside that is ${what}, says so, and takes the run as not done`, () =>
    withStore(async (folder, problems) => {
      const store = await openStore(folder, { onProblem: (problem) => problems.push(problem) });
      const path = join(folder, "runs", "05", `${keyOf(5)}.json`);
      await store.put(fakeRecord(config, keyOf(5)));
      await Deno.writeTextFile(path, text(await Deno.readTextFile(path)));
      assert.equal(await store.get(keyOf(5)), null);
      assert.equal(problems.length, 1);
      assert.ok(problems[0].startsWith(`Cannot read ${path} as it must be a whole record: `), problems[0]);
      assert.match(problems[0], reason);
      assert.match(problems[0], /; it was moved to .*\.json\.unreadable-\d+$/);
      assert.equal(await store.put(fakeRecord(config, keyOf(5))), true);
      assert.equal((await store.list()).length, 1);
    }));
}

Deno.test("openStore() read-only says what it cannot read, once, and changes nothing", () =>
  withStore(async (folder, problems) => {
    await (await openStore(folder)).put(fakeRecord(config, keyOf(5)));
    const path = join(folder, "runs", "05", `${keyOf(5)}.json`), stale = join(folder, "tmp", "another-host.1.x");
    await Deno.writeTextFile(path, "{");
    await Deno.writeTextFile(stale, "half a rec");
    await Deno.utime(stale, 0, 0);
    const store = await openStore(folder, { readOnly: true, onProblem: (problem) => problems.push(problem) });
    assert.deepEqual([await store.get(keyOf(5)), await store.list()], [null, []]);
    assert.equal(problems.length, 1);
    assert.match(problems[0], /^Cannot read .* as it must be a whole record: .*JSON.*; it was left out$/);
    assert.deepEqual([await Deno.readTextFile(path), await Deno.readTextFile(stale)], ["{", "half a rec"]);
    await assert.rejects(store.put(fakeRecord(config, keyOf(6))), {
      message: `Cannot store a run as ${folder} must be open for writing: it was opened to be read`,
    });
  }));

Deno.test("openStore() removes the temporary files of dead processes and keeps those of living ones", () =>
  withStore(async (folder) => {
    const child = new Deno.Command(Deno.execPath(), { args: ["--version"], stdout: "null" }).spawn();
    await child.status;
    const host = (await import("node:os")).hostname().replace(/[^A-Za-z0-9-]/g, "-");
    const dead = `${host}.${child.pid}.x`, living = temporaryName(), elsewhere = "another-host.1.x";
    await Deno.mkdir(join(folder, "tmp"));
    for (const name of [dead, living, elsewhere]) await Deno.writeTextFile(join(folder, "tmp", name), "half a rec");
    await openStore(folder);
    assert.deepEqual((await Array.fromAsync(Deno.readDir(join(folder, "tmp")))).map(({ name }) => name).sort(), [elsewhere, living].sort());
  }));

Deno.test("explainDiskError() names a full disk and the remedy", { ignore: Deno.build.os !== "linux" }, () => {
  const full = thrown(() => Deno.writeTextFileSync("/dev/full", "x"));
  assert.equal(
    (explainDiskError(full, "outputs") as Error).message,
    "Cannot store a run as there must be room in outputs: the disk is full; free some space, the same command goes on where it stopped",
  );
  const other = new Error("other");
  assert.equal(explainDiskError(other, "outputs"), other);
});

function thrown(act: () => void): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  assert.fail("nothing was thrown");
}
