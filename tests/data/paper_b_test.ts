import assert from "node:assert/strict";
import { join } from "node:path";
import type { Example } from "../../lib/data/dataset.ts";
import { loadDataset } from "../../lib/data/load.ts";
import { paperBNames, paperBTasks } from "../../lib/data/paper_b_tasks.ts";
import { splitDataset } from "../../lib/data/split.ts";
import { createRng } from "../../lib/math/random.ts";
import { paperBFiles, withPaperB } from "../support/paper_b.ts";

const plain = (rows: readonly Example[]) => rows.map(({ id, text, label }) => [id, text, label]);
const remedy = "Set LOWRANK_PAPER_B to a folder that holds cr/ with train.json, dev.json and test.json, JSON lines with sentence and label";

Deno.test("loadDataset() reads the three parts of paper B's data in file order, an empty text with them", async () => {
  await withPaperB(paperBFiles, async (environment) => {
    const { name, classes, examples, validation, heldOut, digest } = await loadDataset("paper-b-cr", { environment });
    assert.deepEqual([name, classes], ["paper-b-cr", ["negative", "positive"]]);
    assert.deepEqual(plain(examples), [[0, "the zoom works well", 1], [1, "it broke at once", 0], [2, "", 1], [3, "a fair price", 1]]);
    assert.deepEqual(plain(validation!), [[0, "too heavy", 0], [1, "clear sound", 1]]);
    assert.deepEqual(plain(heldOut!), [[0, "a loud fan", 0], [1, "the lens is very sharp", 1], [2, "easy to hold", 1]]);
    assert.match(digest, /^[0-9a-f]{64}$/);
    await Deno.writeTextFile(join(environment.LOWRANK_PAPER_B, "cr/dev.json"), paperBFiles["cr/test.json"]);
    assert.notEqual((await loadDataset("paper-b-cr", { environment })).digest, digest);
  });
});

Deno.test("splitDataset() takes the first rows of each part that paper B's authors gave", async () => {
  await withPaperB(paperBFiles, async (environment) => {
    const data = await loadDataset("paper-b-cr", { environment });
    const split = (trainRows: number, validationRows: number, testRows: number) =>
      splitDataset(data, { trainRows, validationRows, testRows }, createRng(1));
    const { train, validation, test } = split(3, 1, 2);
    assert.deepEqual([train, validation, test], [data.examples.slice(0, 3), data.validation!.slice(0, 1), data.heldOut!.slice(0, 2)]);
    assert.throws(() => split(5, 1, 1), {
      name: "RangeError",
      message: "Cannot split paper-b-cr as at most 4 of its rows are left for train: 5 asked for",
    });
    assert.throws(() => split(4, 3, 3), { message: "Cannot split paper-b-cr as at most 2 of its rows are left for validation: 3 asked for" });
    assert.throws(() => split(4, 2, 4), { message: "Cannot split paper-b-cr as at most 3 of its rows are left for test: 4 asked for" });
  });
});

Deno.test("loadDataset() says what is missing of paper B's data, and the remedy", async () => {
  const fails = (environment: { LOWRANK_PAPER_B?: string }, message: string) =>
    assert.rejects(loadDataset("paper-b-cr", { environment }), { name: "AssetError", message: `${message}. ${remedy}` });
  await fails({}, "Cannot find paper B's files of cr as they must be in a folder of yours: LOWRANK_PAPER_B is not set");
  await fails({ LOWRANK_PAPER_B: "/nowhere" }, "Cannot find paper B's files of cr as /nowhere/cr must be a folder: it is none");
  await withPaperB({ "cr/train.json": "" }, async (environment) => {
    await fails(
      environment,
      `Cannot find paper B's files of cr as ${environment.LOWRANK_PAPER_B}/cr must hold them: it lacks dev.json, test.json`,
    );
  });
});

Deno.test("loadDataset() says what is wrong with a file of paper B's data", async () => {
  const fails = (content: string, message: string) =>
    withPaperB({ ...paperBFiles, "cr/dev.json": content }, async (environment) => {
      const path = join(environment.LOWRANK_PAPER_B, "cr/dev.json");
      await assert.rejects(loadDataset("paper-b-cr", { environment }), { name: "TypeError", message: `Cannot read ${path} as ${message}` });
    });
  await fails('{"text": "fine", "label": 1}\n', "it must have the columns sentence and label: text, label");
  await fails("", "it must have the columns sentence and label: nothing");
  await fails('{"sentence": "fine", "label": 2}\n', "a label must be 0 or 1: 2 in row 0");
});

Deno.test("paperBTasks are the five data sets of the paper", () => {
  assert.deepEqual(Object.keys(paperBTasks), paperBNames);
  const sizes = Object.values(paperBTasks).map(({ folder, rows }) => [folder, rows.train, rows.validation, rows.test]);
  assert.deepEqual(sizes, [
    ["sst-2", 6920, 872, 1821],
    ["cr", 2500, 500, 775],
    ["cola", 7551, 1000, 1043],
    ["imdb", 4000, 1000, 1000],
    ["mr", 4000, 1000, 1000],
  ]);
});
