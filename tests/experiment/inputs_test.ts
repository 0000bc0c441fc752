import assert from "node:assert/strict";
import { manifest } from "../../lib/assets/manifest.ts";
import { loadDataset } from "../../lib/data/load.ts";
import { datasetNames } from "../../lib/data/names.ts";
import type { RunConfigInput } from "../../lib/experiment/config.ts";
import { runKey } from "../../lib/experiment/key.ts";
import { assetsOf, createDigests, datasets, requireOwnInputs } from "../../lib/experiment/inputs.ts";
import { paperScale, paperTask } from "../../lib/experiment/profile_paper.ts";
import { resolveConfig } from "../../lib/experiment/resolve.ts";
import { createSession } from "../../lib/experiment/session.ts";
import { glueFiles, withGlue } from "../support/glue.ts";
import { paperBFiles, withPaperB } from "../support/paper_b.ts";

const task = { trainRows: 100, validationRows: 40, testRows: 60 };
const config = (change: Partial<RunConfigInput["task"]>) =>
  resolveConfig({
    task: { ...task, ...change },
    attack: { name: "none" },
    method: { name: "full" },
    train: { epochs: 1, batchSize: 8, learningRate: 1e-4 },
    seed: 1,
  });
const rejects = (change: Partial<RunConfigInput["task"]>, message: string) => assert.throws(() => config(change), { name: "RangeError", message });

Deno.test("datasets say how many rows the tasks built from film reviews have", async () => {
  for (const name of datasetNames.filter((name) => datasets[name].source)) {
    const { examples, classes } = await loadDataset(name);
    assert.deepEqual([name, examples.length, classes.length], [name, datasets[name].rows, datasets[name].classes]);
  }
});

Deno.test("resolveConfig() knows every data set and lists them beside an unknown one", () => {
  for (const dataset of datasetNames) assert.equal(config({ dataset }).task.dataset, dataset);
  const known = "mr, imdb, mr-order, mr-halves, imdb-excerpt, product-reviews, sst-2, cola, qnli, qqp, rte, mrpc, " +
    "paper-b-sst-2, paper-b-cr, paper-b-cola, paper-b-imdb, paper-b-mr";
  rejects({ dataset: "sst2" as "sst-2" }, `Cannot resolve config as task.dataset must be one of ${known}: "sst2"`);
});

Deno.test("resolveConfig() counts held-out rows apart where the data set has its own", () => {
  assert.equal(config({ dataset: "rte", trainRows: 2490, validationRows: 0, testRows: 277 }).task.testRows, 277);
  const train = "Cannot resolve config as rte has 2490 rows for training and validation together: 2491";
  rejects({ dataset: "rte", trainRows: 2490, validationRows: 1 }, train);
  rejects({ dataset: "rte", testRows: 278 }, "Cannot resolve config as rte has 277 rows for test: 278");
  rejects(
    { dataset: "mr-order", trainRows: 7900 },
    "Cannot resolve config as mr-order has 7902 rows for training, validation and test together: 8000",
  );
  const paperB = { dataset: "paper-b-cr", trainRows: 2500, validationRows: 500, testRows: 775 } as const;
  assert.equal(config(paperB).task.trainRows, 2500);
  rejects({ ...paperB, trainRows: 2501 }, "Cannot resolve config as paper-b-cr has 2500 rows for training: 2501");
  rejects({ ...paperB, validationRows: 501 }, "Cannot resolve config as paper-b-cr has 500 rows for validation: 501");
  rejects({ ...paperB, testRows: 776 }, "Cannot resolve config as paper-b-cr has 775 rows for test: 776");
});

Deno.test("paperTask() gives the paper's tasks, all training rows of GLUE and the rows it tests on", () => {
  const names = ["SST-2", "CoLA", "QNLI", "QQP", "RTE", "MRPC"] as const;
  const rows = names.map((name) => config(paperTask(name)).task).map(({ dataset, trainRows, testRows }) => [dataset, trainRows, testRows]);
  assert.deepEqual(rows, [["sst-2", 67349, 872], ["cola", 8551, 1043], ["qnli", 104743, 3001], ["qqp", 363846, 3001], ["rte", 2490, 277], [
    "mrpc",
    3668,
    408,
  ]]);
  assert.deepEqual(names.map((name) => datasets[paperScale.datasets[name]].rows), names.map((name) => paperScale.trainRows[name]));
  assert.deepEqual(names.map((name) => paperTask(name, "rankTestRows").testRows), [872, 1001, 1001, 1001, 277, 408]);
});

Deno.test("resolveConfig() wants validation rows only where they are evaluated", () => {
  assert.equal(config({ validationRows: 0 }).task.validationRows, 0);
  const message = "Cannot resolve config as task.validationRows must be at least 1 where they are evaluated: 0";
  rejects({ validationRows: 0, split: "validation" }, message);
});

Deno.test("resolveConfig() gives tasks without pairs one pair separator", () => {
  assert.deepEqual(config({ pairSeparator: " / " }), config({}));
  assert.equal(config({ dataset: "qqp", pairSeparator: " / " }).task.pairSeparator, " / ");
  assert.equal(config({ dataset: "mr-halves" }).task.pairSeparator, " <SEP> ");
});

Deno.test("assetsOf() names the reviews for tasks built from them, and no data for GLUE", () => {
  assert.deepEqual(assetsOf(config({ dataset: "imdb-excerpt" })), ["movie-reviews", "minilm-l6"]);
  assert.deepEqual(assetsOf(config({ dataset: "cola" })), ["minilm-l6"]);
  assert.deepEqual(assetsOf(large("rte")), []);
});

Deno.test("createDigests() digests GLUE's files as they are, and says none without them", async () => {
  const digest = async (dataset: "rte" | "cola", environment: Record<string, string>) =>
    (await createDigests({ environment: { LOWRANK_CACHE: "/nowhere", ...environment } })(config({ dataset }))).data;
  await withGlue(glueFiles, async (environment) => {
    assert.equal(await digest("rte", environment), (await loadDataset("rte", { environment })).digest);
    assert.notEqual(await digest("cola", environment), await digest("rte", environment));
  });
  assert.equal(await digest("rte", {}), "none");
  await assert.rejects(digest("rte", { LOWRANK_GLUE: "/nowhere" }), {
    message: /^Cannot find RTE as LOWRANK_GLUE must name a folder: \/nowhere is none/,
  });
});

Deno.test("createDigests() and requireOwnInputs() read paper B's files out of their own folder", async () => {
  const cr = config({ dataset: "paper-b-cr" }),
    digest = async (environment: Record<string, string>) => (await createDigests({ environment })(cr)).data;
  assert.equal(await digest({}), "none");
  await withPaperB(paperBFiles, async (environment) => {
    assert.equal(await digest(environment), (await loadDataset("paper-b-cr", { environment })).digest);
    await requireOwnInputs([cr], { environment });
    const missing = (error: Error) => error.message.split("\n").map((line) => line.split(" as ")[0]).join();
    const both = [cr, config({ dataset: "cola" }), config({ dataset: "paper-b-mr" })];
    await assert.rejects(requireOwnInputs(both, { environment }), (error: Error) => {
      assert.equal(missing(error), "Cannot find CoLA,Cannot find paper B's files of mr");
      return true;
    });
  });
});

Deno.test("published versions of the test rows are inputs: of the key, and asked for before anything is done", async () => {
  const by = [{ name: "published", transformation: "scpd", dataset: "paper-b-cr" }] as const;
  const plain = config({ dataset: "paper-b-cr" }),
    behind = resolveConfig({ ...plain, evaluate: { ...plain.evaluate, defended: { rows: 1, by: [...by] } } });
  await withPaperB(paperBFiles, async (environment) => {
    const digestsOf = (one: typeof plain) => createDigests({ environment })(one);
    assert.equal((await digestsOf(plain)).versions, undefined);
    const before = await digestsOf(behind);
    assert.match(before.versions!, /^[0-9a-f]{64}$/);
    await requireOwnInputs([behind], { environment });
    const path = `${environment.LOWRANK_PAPER_B}/cr/test_spcn.json`;
    await Deno.writeTextFile(path, paperBFiles["cr/test_spcn.json"].replace("loud", "noisy"));
    const after = await digestsOf(behind);
    assert.equal(after.data, before.data);
    assert.notEqual(runKey(behind, after), runKey(behind, before));
    await Deno.remove(path);
    await assert.rejects(requireOwnInputs([behind], { environment }), { message: /it lacks test_spcn\.json/ });
    await requireOwnInputs([plain], { environment });
  });
});

Deno.test("a defence's model is an input where it is not the pinned one", async () => {
  const plain = config({ dataset: "mr" }),
    behind = resolveConfig({ ...plain, evaluate: { ...plain.evaluate, defended: { rows: 1, by: [{ name: "onion", bar: 0 }] } } });
  const versions = async (one: typeof plain, environment: Record<string, string>) => (await createDigests({ environment })(one)).versions;
  assert.equal(await versions(behind, { LOWRANK_CACHE: "/nowhere" }), undefined, "as pinned while there is none");
  const filesOf = (asset: string) => manifest[asset].wheels[0].files.map(({ name }) => [`${asset}/${name}`, "another model"]);
  await withGlue(Object.fromEntries(["smollm2", "minilm-l6"].flatMap(filesOf)), async ({ LOWRANK_GLUE: folder }) => {
    const environment = { LOWRANK_CACHE: "/nowhere", LOWRANK_MODELS: folder };
    assert.match((await versions(behind, environment))!, /^[0-9a-f]{64}$/);
    assert.equal(await versions(plain, environment), undefined, "a run without the defence reads none of it");
    await Deno.remove(`${folder}/smollm2`, { recursive: true });
    assert.equal(await versions(behind, environment), undefined, "what is not there is told when it is used");
  });
});

const large = (dataset: "rte" | "mr") => resolveConfig({ ...config({ dataset }), model: "bert-large-uncased" });
const cls = { "config.json": "{}", "model.safetensors": "weights", "vocab.txt": "[CLS]" };

Deno.test("createDigests() digests a model of the reader's own as its files are, and says none without them", async () => {
  const weights = async (environment: Record<string, string>) => (await createDigests({ environment })(large("rte"))).weights;
  assert.equal(await weights({ LOWRANK_CACHE: "/nowhere" }), "none");
  await withGlue(cls, async ({ LOWRANK_GLUE: folder }) => {
    const environment = { LOWRANK_CACHE: "/nowhere", LOWRANK_BERT_LARGE: folder }, first = await weights(environment);
    assert.match(first, /^[0-9a-f]{64}$/);
    await Deno.writeTextFile(`${folder}/model.safetensors`, "others");
    assert.notEqual(await weights(environment), first);
  });
});

Deno.test("requireOwnInputs() names the model and the data that are missing, each folder once, and asks for nothing that can be downloaded", async () => {
  const configs = [large("rte"), config({ dataset: "cola" }), config({ dataset: "qqp" })];
  await requireOwnInputs([config({})], { environment: {} });
  const missing = async (environment: Record<string, string>) => {
    const error: Error = await requireOwnInputs(configs, { environment }).then(() => assert.fail("nothing missing"), (error) => error);
    return error.message.split("\n");
  };
  const [model, data, ...more] = await missing({});
  assert.match(model, /^Cannot find google-bert\/bert-large-uncased as it must be in a folder of yours: LOWRANK_BERT_LARGE is not set\. Download /);
  assert.match(data, /^Cannot find RTE as it must be in a folder of yours: LOWRANK_GLUE is not set\. Set LOWRANK_GLUE to /);
  assert.deepEqual(more, []);
  await withGlue({ ...cls, ...glueFiles }, async ({ LOWRANK_GLUE: folder }) => {
    await requireOwnInputs(configs, { environment: { LOWRANK_BERT_LARGE: folder, LOWRANK_GLUE: folder } });
    assert.equal((await missing({ LOWRANK_BERT_LARGE: folder })).length, 1);
    await Deno.remove(`${folder}/QQP/dev.tsv`);
    assert.match((await missing({ LOWRANK_BERT_LARGE: folder, LOWRANK_GLUE: folder }))[0], /^Cannot find QQP as .* a table called dev or validation/);
  });
});

Deno.test("split() of a session reads GLUE with the config's pair separator", async () => {
  await withGlue(glueFiles, async (environment) => {
    const session = createSession({ environment }), rows = { dataset: "rte", trainRows: 1, validationRows: 0, testRows: 1 } as const;
    const texts = async (change: Partial<RunConfigInput["task"]>) =>
      (await session.split(config({ ...rows, ...change }).task)).test.map(({ text }) => text);
    assert.deepEqual(await texts({}), ["It rained. <SEP> It snowed."]);
    assert.deepEqual(await texts({ pairSeparator: " / " }), ["It rained. / It snowed."]);
    const message = "Cannot split rte as at most 1 of its rows are left for test: 2 asked for"; // a folder of the reader's own may hold fewer than GLUE
    await assert.rejects(texts({ testRows: 2 }), { name: "RangeError", message });
  });
});
