import assert from "node:assert/strict";
import { join } from "node:path";
import pl from "nodejs-polars";
import { type GlueName, glueTasks } from "../../lib/data/glue_tasks.ts";
import { loadDataset } from "../../lib/data/load.ts";
import { glueFiles, withGlue } from "../support/glue.ts";

const remedy = (title: string) =>
  `Set LOWRANK_GLUE to a folder that holds ${title} with train.tsv and dev.tsv (GLUE's own files), or train and validation as Parquet or JSON ` +
  `lines (the hub's)`;

const load = async (name: GlueName, environment: { LOWRANK_GLUE: string }, pairSeparator?: string) => {
  const { examples, heldOut } = await loadDataset(name, { environment, pairSeparator });
  return [examples, heldOut!].map((rows) => rows.map(({ id, text, label }) => [id, text, label]));
};

Deno.test("loadDataset() reads GLUE's own files: no quoting, labels by number or name, pairs as one text", async () => {
  await withGlue(glueFiles, async (environment) => {
    assert.deepEqual(await load("sst-2", environment), [
      [[0, 'a "warm film ', 1], [1, "dull and long ", 0], [2, "bright ", 1]],
      [[0, "neither here nor there .", 0], [1, "a delight .", 1]],
    ]);
    assert.deepEqual(await load("cola", environment), [[[0, "The cat slept.", 1], [1, "Cat the slept.", 0]], [[0, "She left early.", 1]]]);
    assert.deepEqual(await load("qnli", environment), [[[0, "Who came? <SEP> Ann came.", 0]], [[0, 'What is "it"? <SEP> Rain fell.', 1]]]);
    assert.deepEqual(await load("rte", environment), [[[0, "It rained all day. <SEP> It rained.", 0]], [[0, "It rained. <SEP> It snowed.", 1]]]);
    assert.deepEqual(await load("mrpc", environment), [[[0, 'He said " yes " . <SEP> He agreed .', 1]], [[
      0,
      "Shares rose . <SEP> Shares fell .",
      0,
    ]]]);
  });
});

Deno.test("loadDataset() leaves out rows of GLUE that are cut short, keeps empty texts, and numbers what is left", async () => {
  await withGlue(glueFiles, async (environment) => {
    const [train] = await load("qqp", environment, " / ");
    assert.deepEqual(train, [[0, "How do I swim? / How can I swim?", 1], [1, " / Why not?", 0]]);
  });
});

Deno.test("loadDataset() reads the hub's layout: Parquet in pieces, JSON lines, folders in lower case", async () => {
  const jsonLines = '{"question1":"Is it?","question2":"Was \\"it\\"?","label":0,"idx":0}\n{"question1":"A?","question2":"B?","label":1,"idx":1}\n';
  await withGlue({ "qqp/train.jsonl": jsonLines, "qqp/validation.jsonl": jsonLines, "sst2/README.md": "none" }, async (environment) => {
    assert.deepEqual((await load("qqp", environment))[1], [[0, 'Is it? <SEP> Was "it"?', 0], [1, "A? <SEP> B?", 1]]);
    const write = (file: string, sentence: string[], label: number[]) =>
      pl.DataFrame({ sentence, label, idx: label }).writeParquet(join(environment.LOWRANK_GLUE, "sst2", file));
    write("train-00000-of-00002.parquet", ["one", "two"], [0, 1]);
    write("train-00001-of-00002.parquet", ["three"], [1]);
    write("validation-00000-of-00001.parquet", ["four"], [0]);
    assert.deepEqual(await load("sst-2", environment), [[[0, "one", 0], [1, "two", 1], [2, "three", 1]], [[0, "four", 0]]]);
  });
});

Deno.test("loadDataset() digests GLUE's files by content", async () => {
  const digest = (files: Readonly<Record<string, string>>) => {
    const digests: string[] = [];
    return withGlue(files, async (environment) => {
      digests.push((await loadDataset("rte", { environment })).digest);
    }).then(() => digests[0]);
  };
  const [one, same, other] = [
    await digest(glueFiles),
    await digest(glueFiles),
    await digest({ ...glueFiles, "RTE/dev.tsv": glueFiles["RTE/train.tsv"] }),
  ];
  assert.match(one, /^[0-9a-f]{64}$/);
  assert.deepEqual([one === same, one === other], [true, false]);
});

Deno.test("loadDataset() says what is missing of GLUE, and the remedy", async () => {
  const fails = async (files: Readonly<Record<string, string>>, message: (root: string) => string, name: GlueName = "cola") =>
    await withGlue(files, (environment) => assert.rejects(load(name, environment), { message: message(environment.LOWRANK_GLUE) }));
  await assert.rejects(loadDataset("cola", { environment: {} }), {
    name: "AssetError",
    message: `Cannot find CoLA as it must be in a folder of yours: LOWRANK_GLUE is not set. ${remedy("CoLA")}`,
  });
  await assert.rejects(loadDataset("cola", { environment: { LOWRANK_GLUE: "/nowhere" } }), {
    message: `Cannot find CoLA as LOWRANK_GLUE must name a folder: /nowhere is none. ${remedy("CoLA")}`,
  });
  await fails({ "RTE/dev.tsv": "" }, (root) => `Cannot find CoLA as ${root} must hold a folder of that name: it holds RTE. ${remedy("CoLA")}`);
  const onlyTest = { "CoLA/train.tsv": "", "CoLA/test.tsv": "" };
  await fails(
    onlyTest,
    (root) => `Cannot find CoLA as ${root}/CoLA must hold a table called dev or validation: it holds test.tsv, train.tsv. ${remedy("CoLA")}`,
  );
  await fails(
    { ...glueFiles, "CoLA/train.jsonl": "{}" },
    (root) => `Cannot find CoLA as ${root}/CoLA must hold one table called train: it holds train.jsonl, train.tsv. Leave one of them there`,
  );
});

Deno.test("loadDataset() says what is wrong with GLUE's tables", async () => {
  const fails = async (path: string, content: string, message: (path: string) => string, name: GlueName) =>
    await withGlue(
      { ...glueFiles, [path]: content },
      (environment) => assert.rejects(load(name, environment), { name: "TypeError", message: message(join(environment.LOWRANK_GLUE, path)) }),
    );
  await fails(
    "QQP/train.tsv",
    "text\tlabel\n",
    (path) => `Cannot load QQP as ${path} must have the columns question1, question2, is_duplicate or question1, question2, label: text, label`,
    "qqp",
  );
  await fails("SST-2/dev.tsv", "", (path) => `Cannot load SST-2 as ${path} must have the columns sentence, label: nothing`, "sst-2");
  const unlabelled = "sentence\tlabel\nfine\t-1\n";
  await fails(
    "SST-2/dev.tsv",
    unlabelled,
    (path) => `Cannot load SST-2 as a label must be 0, 1, negative or positive: -1 in row 0 of ${path}. GLUE's test part has no labels: use dev`,
    "sst-2",
  );
  const { "SST-2/train.tsv": _, ...rest } = glueFiles;
  await withGlue(
    { ...rest, "SST-2/train.jsonl": '{"sentence":"a","label":1}\n{"sentence"\n' },
    (environment) =>
      assert.rejects(load("sst-2", environment), {
        message: `Cannot read ${join(environment.LOWRANK_GLUE, "SST-2/train.jsonl")} as every line must be JSON: line 2 is not`,
      }),
  );
});

Deno.test("glueTasks name class 1 as paper A's positive class", () => {
  const positive = Object.fromEntries(Object.entries(glueTasks).map(([name, { classes }]) => [name, classes[1]]));
  assert.deepEqual(positive, {
    "sst-2": "positive",
    "cola": "acceptable",
    "qnli": "not_entailment",
    "qqp": "duplicate",
    "rte": "not_entailment",
    "mrpc": "equivalent",
  });
});
