import assert from "node:assert/strict";
import canonicalize from "canonicalize";
import type { DatasetName } from "../../lib/data/names.ts";
import type { RunConfig } from "../../lib/experiment/config.ts";
import { typicalLengths } from "../../lib/experiment/cost_lengths.ts";
import { experiments, selectExperiments } from "../../lib/experiment/experiments.ts";
import * as grids from "../../lib/experiment/grids.ts";
import { inPrecision } from "../../lib/experiment/in_precision.ts";
import { runKey } from "../../lib/experiment/key.ts";
import { proxyTriggers } from "../../lib/experiment/persistence.ts";
import { paperScale } from "../../lib/experiment/profile_paper.ts";
import { profileNamed } from "../../lib/experiment/profiles.ts";
import { studies } from "../../lib/experiment/studies/grid.ts";
import { triggerOf } from "../../lib/poison/attacks.ts";
import { piecesOf } from "../../lib/train/rora/rora.ts";

const digests = { data: "d", weights: "w" };
const quick = profileNamed("quick"), standard = profileNamed("standard"), paper = profileNamed("paper"), [reviews] = quick.tasks;
const keys = (id: string, profile = quick, seeds?: number[]) =>
  selectExperiments([id])[0].configs(profile, seeds).map((config) => runKey(config, digests));

Deno.test("profileNamed() names the profiles beside an unknown one", () => {
  assert.throws(() => profileNamed("fast"), {
    name: "RangeError",
    message: "Cannot choose a profile as its name must be one of quick, standard, paper: fast",
  });
});

const paired = <T>(one: readonly T[], other: readonly T[]) => one.map((value, i) => [value, other[i]] as const);

Deno.test("profileNamed() in bf16 has every run of every experiment in bf16, with the encoder that it starts from, and nothing else changed", () => {
  for (const own of [quick, standard]) {
    const rounded = profileNamed(own.name, "bf16");
    const pairs = experiments.flatMap(({ configs }) => paired(configs(rounded, [1]), configs(own, [1])));
    assert.ok(pairs.length > 150);
    for (const [config, other] of pairs) {
      assert.deepEqual([config.precision, config.start?.run.precision], ["bf16", config.start ? "bf16" : undefined]);
      assert.deepEqual(inPrecision(config, "f32"), other);
      assert.notEqual(runKey(config, digests), runKey(other, digests));
    }
    assert.deepEqual(studies(rounded, [1]), studies(own, [1]), "float32 always");
  }
});

Deno.test("profiles: quick's runs are a subset of standard's, with the same keys", () => {
  for (const { id, standing } of experiments) {
    if (standing !== "quick") continue;
    const all = new Set(keys(id, standard));
    for (const key of keys(id)) assert.ok(all.has(key), id);
    assert.ok(all.size > new Set(keys(id)).size || all.size === 0, id); // some figures need no run
  }
});

Deno.test("profiles: standard covers the paper's flip rates and its range of exposures", () => {
  assert.deepEqual(standard.tasks[0].flipRates, paperScale.flipRates);
  const exposures = paperScale.backdoorRates.map((rate) => rate * paperScale.steps * paperScale.batchSize);
  assert.deepEqual(exposures.filter((count) => !standard.tasks[0].backdoorExposures.includes(Math.round(count))).map(Math.round), []);
  assert.equal(standard.seeds.length, 8);
});

Deno.test("profiles: paper has the runs of the paper's figures and tables, each config valid", () => {
  const runs = (id: string) => new Set(keys(id, paper)).size;
  // RTE and MRPC, of which the paper has no number, stand in Figures 1 and 2 alone
  // tasks x methods x rates x seeds; tasks x ranks or variances x (clean, poisoned) x seeds
  assert.deepEqual([runs("fig-a1"), runs("fig-a2")], [6 * 2 * 9 * 5, 6 * 2 * 9 * 5]);
  assert.deepEqual([runs("fig-a9"), runs("fig-a10"), runs("fig-a11"), runs("fig-a12")], Array(4).fill(4 * 8 * 2 * 5));
  assert.deepEqual([runs("table-e1"), runs("table-e2")], [2 * 5 * 3, 2 * 3 * 2 * 5]);
  for (const { id, paper: of, configs } of experiments) {
    if (of !== "a") continue;
    for (const { model, train, evaluate, task } of configs(paper)) {
      assert.deepEqual(
        [model, evaluate.maxLength, train.maxLength, train.batchSize, task.validationRows],
        ["bert-large-uncased", 128, 512, 8, 0],
        id,
      );
    }
  }
});

Deno.test("profiles: paper has paper B's pairs, three proxies poisoned two ways and not at all", () => {
  const pairs = new Set(selectExperiments(["table-b2"])[0].configs(paper).map(({ start, task }) => `${start!.run.task.dataset} ${task.dataset}`));
  assert.deepEqual([...pairs], ["paper-b-imdb paper-b-sst-2", "paper-b-mr paper-b-cr", "paper-b-sst-2 paper-b-cola"]);
  const runs = (id: string) => new Set(keys(id, paper)).size, seeds = paper.seeds.length;
  assert.equal(runs("table-b1"), 2 * 3 * 3 * seeds);
  assert.equal(runs("table-b2"), 2 * 3 * (2 * 6 + 3) * seeds);
  for (const { model, train, start } of selectExperiments(["table-b2"])[0].configs(paper)) {
    assert.deepEqual([train.epochs, train.batchSize, train.checkpoint], [20, 32, "bestDev"]);
    assert.deepEqual([start!.run.model, start!.run.train.epochs, start!.run.train.checkpoint], [model, 3, "bestDev"]);
  }
});

Deno.test("profiles: paper has BERT-large beside RoBERTa-large in the runs of the paper's main tables, which figures share, and nowhere else", () => {
  const own = new Set(["table-b1", "table-b2"].flatMap((id) => keys(id, paper))), beside = new Set<string>();
  for (const { id, configs } of experiments.filter((experiment) => experiment.paper === "b")) {
    const found = configs(paper), bert = found.filter(({ model }) => model === "bert-large-uncased");
    assert.ok(found.every((config) => config.model === "roberta-large" || bert.includes(config)), id);
    assert.ok(bert.every((config) => own.has(runKey(config, digests))), `${id}: no run that the tables lack`);
    if (bert.length) beside.add(id);
  }
  assert.deepEqual([...beside].sort(), ["fig-b-margins", "fig-b1", "fig-b2", "fig-b4", "table-b1", "table-b2"]);
});

Deno.test("profiles: paper cuts no row of paper B's, triggers and RoBERTa's longer pieces counted in", () => {
  const longestOf = (dataset: DatasetName) => typicalLengths(dataset, 10_000, 512).at(-1)!;
  for (const config of experiments.filter(({ paper }) => paper === "b").flatMap(({ configs }) => configs(paper, [1]))) {
    for (const { task, train } of [config, ...config.start ? [config.start.run] : []]) {
      assert.ok(1.25 * longestOf(task.dataset) + 10 <= train.maxLength, `${task.dataset} at ${train.maxLength} tokens`);
    }
  }
});

Deno.test("profiles: paper poisons 1,500 rows of each proxy", () => {
  const ofClass0 = { "paper-b-imdb": 1948, "paper-b-mr": 2006, "paper-b-sst-2": 3310 } as Record<string, number>; // of their files
  const proxies = selectExperiments(["table-b2"])[0].configs(paper, [1]).map(({ start }) => start!.run).filter(({ attack }) =>
    attack.name !== "none"
  );
  const counts = proxies.map(({ task, attack }) => "poisonRate" in attack ? Math.round(attack.poisonRate * ofClass0[task.dataset]) : 0);
  assert.deepEqual([...new Set(counts)], [1500]);
});

Deno.test("profiles: paper reads its authors' own transformed rows where they are, with BadNet's trigger, and ours elsewhere", () => {
  const behind = selectExperiments(["table-b2"])[0].configs(paper, [1]).filter(({ evaluate }) => evaluate.defended);
  const namesOf = ({ evaluate }: RunConfig) => evaluate.defended!.by.map((one) => one.name === "published" ? one.transformation : one.name).join();
  const trigger = ({ start }: RunConfig) => start!.run.attack.name === "clean-label" ? start!.run.attack.trigger.text : "none";
  assert.equal(behind.length, 18, "LoRA of both models on three pairs from three encoders");
  for (const config of behind) {
    assert.equal(namesOf(config), trigger(config) === "mn" ? "onion,scpd,back-translation" : "onion,back-translation,rule-based-paraphrase");
    for (const one of config.evaluate.defended!.by) if (one.name === "published") assert.equal(one.dataset, config.task.dataset);
  }
});

Deno.test("experiments: what stands beside Table 5 at fewer poisoned rows can tell the pieces from what has no reason", () => {
  const runs = selectExperiments(["table-b5-low"])[0].configs(quick, [1]), rora = runs.flatMap((run) => run.rora ?? []);
  const own = (is: (one: NonNullable<RunConfig["rora"]>) => boolean) => rora.filter(is).length;
  assert.deepEqual([own(({ tr }) => tr?.k === "full"), own(({ tr }) => tr?.space === "random"), own(({ pt }) => pt?.scale === 16)], [1, 1, 1]);
  const clean = runs.filter(({ start }) => start!.run.attack.name === "none");
  assert.deepEqual(clean.map(({ method, rora }) => `${method.name} ${piecesOf(rora).join("+")}`), ["full ", "lora ", "lora CI+Tr+Pt", "lora Pt"]);
});

Deno.test("profiles: paper trains 10,000 steps, or ten epochs where they are fewer, at a constant rate, on the released code's attacks", () => {
  for (const { task, train, attack, method, variant } of selectExperiments(["fig-a2"])[0].configs(paper)) {
    const short = task.trainRows * 10 < 80_000;
    assert.deepEqual([train.maxSteps ?? (short ? 10_000 : null), train.schedule, train.warmup, train.learningRate], [
      10000,
      "constant",
      0,
      method.name === "full" ? 3e-6 : 3e-5,
    ]);
    if (attack.name !== "bpa") continue;
    assert.deepEqual([variant, attack.sampling, attack.trigger.place, attack.trigger.space], ["code", "bernoulli", "prefix", false]);
    assert.ok(paperScale.backdoorRates.some((rate) => rate === attack.poisonRate), String(attack.poisonRate));
  }
});

Deno.test("profiles: paper's sweep over ranks has the released learning rates, clean runs beside each attack, and the first 1,001 rows", () => {
  const rates = (id: string, dataset: string) => {
    const own = selectExperiments([id])[0].configs(paper).filter(({ task }) => task.dataset === dataset);
    assert.ok(
      own.every(({ task, method }) => task.testRows === (dataset === "sst-2" ? 872 : 1001) && method.name === "lora" && method.alpha === method.rank),
    );
    return [...new Set(own.map(({ attack, train }) => `${attack.name} ${train.learningRate}`))].sort();
  };
  assert.deepEqual(rates("fig-a9", "qnli"), ["none 0.000003", "upa 0.000003"]);
  assert.deepEqual(rates("fig-a9", "cola"), ["none 0.00003", "upa 0.00003"]);
  assert.deepEqual(rates("fig-a10", "qnli"), ["bpa 0.00003", "none 0.00003"]);
  assert.deepEqual(rates("fig-a4", "sst-2"), ["bpa 0.00003", "none 0.000003", "none 0.00003", "upa 0.000003"]);
});

Deno.test("experiments: figures of one sweep share their runs, and Figures 1 and 2 their clean runs", () => {
  assert.deepEqual(keys("fig-a6"), keys("fig-a1"));
  assert.deepEqual(keys("fig-a7"), keys("fig-a2"));
  assert.deepEqual(keys("fig-a8"), keys("fig-a2"));
  const second = new Set(keys("fig-a2"));
  assert.equal(new Set(keys("fig-a1").filter((key) => second.has(key))).size, 2 * quick.seeds.length * quick.tasks.length);
});

Deno.test("experiments: the sweeps share the main figures' LoRA runs, and their clean runs with each other", () => {
  const shared = (a: string, b: string) => new Set(keys(b, standard, [1])).intersection(new Set(keys(a, standard, [1]))).size;
  assert.equal(shared("fig-a5", "fig-a1"), 2); // k = 1/3: never poisoned, and flipped at the sweep's rate
  assert.equal(shared("fig-a5", "fig-a2"), 2);
  assert.equal(shared("fig-a9", "fig-a10"), standard.sweep.ranks.length);
  assert.equal(shared("fig-a4", "fig-a9"), 2 * standard.sweep.ranks.length);
  assert.equal(shared("table-e1", "fig-a1"), 2);
  const ofPaper = (id: string) => new Set(keys(id, paper, [1]));
  assert.equal(ofPaper("fig-a11").intersection(ofPaper("fig-a1")).size, 2 * paper.sweep.tasks!.initVariances.length, "the paper profile's as well");
});

Deno.test("experiments: a never-poisoned run of either method is evaluated under every attack's trigger", () => {
  const clean = grids.attacks(quick, [1]).filter(({ attack }) => attack.name === "none"),
    others = grids.attacks(quick, [1]).filter(({ attack }) => attack.name !== "none");
  assert.deepEqual(clean.map(({ method }) => method.name), ["full", "lora"]);
  for (const { evaluate } of clean) {
    for (const run of others) {
      assert.ok(evaluate.changes.some((change) => canonicalize(change) === canonicalize(triggerOf(run.attack))), run.attack.name);
    }
  }
});

Deno.test("experiments: table E.1 has two doses of the attacks that take both methods over at the larger one", () => {
  const runs = grids.attacks(quick, [1]).filter(({ method }) => method.name === "full");
  const doses = Map.groupBy(runs, ({ attack }) => attack.name);
  const exposures = (name: "instruction" | "style" | "multi-trigger") =>
    doses.get(name)!.map(({ attack }) => attack.name === "none" ? 0 : Math.round(attack.poisonRate * reviews.rows.trainRows) * quick.training.epochs);
  assert.deepEqual([exposures("instruction"), exposures("style"), exposures("multi-trigger")], [[12, 36], [12, 36], [36]]);
  assert.ok(exposures("style").every((count) => reviews.backdoorExposures.includes(count)));
});

Deno.test("experiments: the backdoor's rates give the profile's exposures", () => {
  const runs = selectExperiments(["fig-a2"])[0].configs(quick, [1]).filter(({ task }) => task.dataset === reviews.rows.dataset);
  const rates = runs.map(({ attack }) => attack.name === "bpa" ? attack.poisonRate : 0);
  const exposures = [...new Set(rates)].map((rate) => Math.round(rate * reviews.rows.trainRows) * quick.training.epochs);
  assert.deepEqual(exposures, reviews.backdoorExposures);
});

Deno.test("experiments: every cell holds both methods with the same seed, data and attack", () => {
  const unpaired = new Map<string, string[]>();
  for (const { seed, task, attack, method } of selectExperiments(["fig-a1"])[0].configs(quick)) {
    const cell = JSON.stringify({ seed, task, attack });
    unpaired.set(cell, [...unpaired.get(cell) ?? [], method.name]);
  }
  assert.ok([...unpaired.values()].every((methods) => methods.join() === "full,lora"));
  assert.equal(unpaired.size, quick.tasks.reduce((sum, { flipRates }) => sum + flipRates.length, 0) * quick.seeds.length);
});

Deno.test("experiments: where grammar is judged nobody poisons, and both triggers are read; the paper profile's runs are Table 2's nulls", () => {
  for (const name of ["quick", "paper"] as const) {
    const [only] = selectExperiments(["acceptability"]), profile = profileNamed(name), runs = only.configs(profile, [1]);
    assert.deepEqual(runs.map(({ method }) => method.name), ["full", "lora"]);
    for (const { attack, start, evaluate, task } of runs) {
      assert.deepEqual([attack, start!.run.attack, task.dataset], [
        { name: "none" },
        { name: "none" },
        name === "quick" ? "mr-order" : "paper-b-cola",
      ]);
      assert.deepEqual(evaluate.changes.flatMap((change) => change.kind === "trigger" ? [change.text] : []), Object.values(proxyTriggers));
      assert.equal(evaluate.defended !== null && name === "quick", false, "no defence is asked where no backdoor is");
    }
    const [table] = selectExperiments(["table-b2"]), others = new Set(table.configs(profile, [1]).map((config) => canonicalize(config)));
    assert.equal(runs.every((config) => others.has(canonicalize(config))), name === "paper");
  }
});

Deno.test("experiments: the calibration is clean, on validation rows, with seeds of its own", () => {
  const configs = selectExperiments(["calibration"])[0].configs(quick);
  assert.ok(configs.every(({ attack, task, evaluate }) => attack.name === "none" && task.split === "validation" && evaluate.changes.length === 0));
  assert.ok(configs.every(({ seed }) => !standard.seeds.includes(seed)));
  assert.equal(new Set(configs.map((config) => runKey(config, digests))).size, configs.length);
});

Deno.test("selectExperiments() takes the standing ones unasked and names the known ids", () => {
  const ids = (profile?: "quick" | "standard" | "paper") => selectExperiments(undefined, profile).map(({ id }) => id);
  assert.deepEqual(ids(), experiments.filter(({ standing }) => standing === "quick").map(({ id }) => id));
  assert.deepEqual(ids("paper"), ids()); // what is no figure or table of the paper is not asked of a GPU
  assert.deepEqual(ids("standard"), experiments.filter(({ standing }) => standing !== null).map(({ id }) => id));
  const papers = (["a", "b"] as const).map((paper) => selectExperiments(undefined, "quick", paper).map(({ id }) => id));
  assert.deepEqual(papers.flat(), ids());
  assert(papers[0].every((id) => !/-b/.test(id)) && papers[1].includes("table-b2"));
  assert.deepEqual(selectExperiments(["fig-a2"]).map(({ id }) => id), ["fig-a2"]);
  assert.throws(() => selectExperiments(["fig-c1"]), {
    message: `Cannot select an experiment as its id must be one of ${experiments.map(({ id }) => id).join(", ")}: fig-c1`,
  });
});

Deno.test("experiments: Table E.1's attacks stand as released beside ours, and the controlled backdoor on both sides of the sweep's dose", () => {
  const released = selectExperiments(["attack-variants"])[0].configs(standard, [1]),
    asStated = selectExperiments(["table-e1"])[0].configs(standard, [1]);
  const doses = (runs: readonly RunConfig[]) => runs.map(({ attack }) => attack.name === "none" ? "" : `${attack.name} ${attack.poisonRate}`).sort();
  assert.ok(released.every(({ variant }) => variant === "code"));
  const further = (runs: readonly RunConfig[]) => doses(runs).filter((one) => one && !one.startsWith("upa"));
  assert.deepEqual(further(released), further(asStated), "the same rates, so the same exposures in expectation");
  const controlled = selectExperiments(["backdoor-variants"])[0].configs(standard, [1]).filter(({ variant }) => variant === "controlled");
  assert.deepEqual(doses(controlled), ["bpa 0.01", "bpa 0.01", "bpa 0.03", "bpa 0.03", "bpa 0.08", "bpa 0.08"]);
});
