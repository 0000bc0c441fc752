/** Paper B's records as the ledger reads them. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import canonicalize from "canonicalize";
import { linkChains } from "../../lib/claims/chains.ts";
import { claimsOf } from "../../lib/claims/claim.ts";
import { ledger } from "../../lib/claims/ledger.ts";
import { observe } from "../../lib/claims/observe.ts";
import { rules } from "../../lib/claims/papers.ts";
import { armOf, titleOf } from "../../lib/claims/paper_b/arms.ts";
import { type RunConfig, standingAlone } from "../../lib/experiment/config.ts";
import { experiments, selectExperiments } from "../../lib/experiment/experiments.ts";
import * as grids from "../../lib/experiment/persistence_grids.ts";
import type { Profile } from "../../lib/experiment/profile.ts";
import { profileNamed } from "../../lib/experiment/profiles.ts";
import type { RunRecord } from "../../lib/experiment/record.ts";
import { createRng } from "../../lib/math/random.ts";
import { fakeRecord } from "../support/fake_record.ts";
import { projection } from "../support/fake_studies.ts";
import { counts, makeSweep } from "../support/records.ts";
import { headWith, networkWith } from "./fake_margins.ts";

const quick = profileNamed("quick"), standard = profileNamed("standard");
const keyOf = (config: RunConfig) => createHash("sha256").update(canonicalize(config)!).digest("hex");

/** Records of configs and of what they start from, each once; triggered rows as given. */
function recordsOf(configs: readonly RunConfig[], asTarget: (config: RunConfig) => number = () => 0.9): RunRecord[] {
  const all = configs.flatMap((config) => config.start ? [standingAlone(config.start.run), config] : [config]);
  const distinct = new Map(all.map((config) => [keyOf(config), config]));
  return [...distinct].map(([key, config]) => {
    const record = fakeRecord(config, key), triggered = counts(1, 1 - asTarget(config));
    const start = config.start ? { start: keyOf(standingAlone(config.start.run)) } : {};
    return {
      ...record,
      digests: { ...record.digests, ...start },
      result: { ...record.result, changed: config.evaluate.changes.map(() => triggered) },
    };
  });
}

/** Everything that a run leaves behind when it is measured by more than its trigger: made up, and different from run to run. */
function measured(record: RunRecord): RunRecord {
  const { method, rora, train, evaluate: { scales, defended, sentences, spectra, margins, changes }, seed } = record.config,
    rng = createRng(record.key);
  if (!record.config.start) return record;
  const near = (value: number) => value + rng.uniform() / 5, tuned = train.maxSteps !== 0;
  const head = margins ? { head: headWith({ clean: near(0.5), trigger: near(0.4), assumed: near(0.5), cleanShare: near(0.2) }, tuned) } : {};
  if (method.name === "full") return { ...record, result: { ...record.result, ...head } };
  const lost = method.name === "lora" && !rora ? 0.4 : 1; // LoRA keeps most of what is planted, or some rules have nothing to compare with
  const some = () => ({ clean: counts(0.7 + rng.uniform() / 5, 0.8), changed: changes.map(() => counts(1, lost * rng.uniform())) });
  const modules = [0, 1, 2, 3, 4, 5].flatMap((layer) => ["query", "value"].map((kind) => `encoder.layer.${layer}.attention.self.${kind}`));
  return {
    ...record,
    result: {
      ...record.result,
      ...some(),
      ...head,
      ...margins ? { network: networkWith({ predicted: scales.map((scale) => [scale, rng.uniform()] as const) }, method.alpha / method.rank) } : {},
      history: { ...record.result.history, epochLoss: [0.5, 0.2 + rng.uniform() / 10 + seed / 100] },
      ...spectra
        ? {
          spectra: modules.map((module) => ({
            module,
            pretrained: 10,
            update: 0.2 + rng.uniform(),
            scale: method.alpha / method.rank,
            left: 0.1 + rng.uniform() / 5,
            right: 0.2,
          })),
        }
        : {},
      ...scales.length ? { atScales: scales.map((scale) => ({ scale, ...some() })) } : {},
      ...defended ? { defended: { undefended: some(), by: defended.by.map(some) } } : {},
      ...rora?.pt ? { rescaled: Object.fromEntries(modules.slice(6).map((module) => [module, 2 + 10 * rng.uniform()])) } : {},
      ...sentences.length
        ? { sentences: sentences.map(() => ({ untouched: 0.1, triggered: changes.map(() => Array.from({ length: 14 }, () => rng.uniform())) })) }
        : {},
    },
  };
}

Deno.test("linkChains() tells each arm of the grids, what differs from the profile, and the encoder", () => {
  const all = [grids.untuned, grids.comparison, grids.variants, grids.ablation, grids.ranks, grids.lengths, grids.proxyDoses, grids.lambdas];
  const chains = linkChains(recordsOf(all.flatMap((grid) => grid(standard, [1]))), standard.persistence);
  assert.ok(chains.every(({ encoder, poisonRate }) => encoder?.poisonRate === poisonRate));
  const differing = [...new Set(chains.map(({ differs }) => differs.join(" ")))].sort();
  assert.deepEqual(differing, ["", "epochs", "k", "lambda", "layers", "only", "place", "poisonRate", "poisonRate only", "rank", "scale", "space"]);
  const [films] = standard.persistence.pairs,
    badnet = chains.filter(({ trigger, proxy, poisonRate }) => trigger === "badnet" && proxy === films.proxy.dataset && poisonRate > 0);
  const arms = new Set(badnet.filter(({ differs }) => differs.length === 0).map(titleOf));
  assert.deepEqual([...arms].sort(), [
    "DoRA",
    "DoRA + RoRA",
    "FF",
    "LoRA",
    "LoRA + CI",
    "LoRA + CI + Pt",
    "LoRA + CI + Tr",
    "LoRA + Pt",
    "LoRA + Tr",
    "LoRA + Tr + Pt",
    "OLoRA",
    "OLoRA + RoRA",
    "PiSSA",
    "PiSSA + RoRA",
    "RoRA",
    "before fine-tuning",
  ]);
  assert.equal(armOf(chains, "lora", "Tr", ["k"]).length, 3, "two triggers, and the control of one");
  assert.equal(armOf(chains, "lora", "", ["rank"]).length, 8, "two pairs and two triggers, and four more ranks of one");
});

Deno.test("linkChains() reads the settings of other profiles, too", () => {
  const paper = profileNamed("paper"), configs = grids.comparison(paper, [1]);
  assert.ok(linkChains(recordsOf(configs), paper.persistence).every(({ differs }) => differs.length === 0));
  assert.ok(linkChains(recordsOf(configs)).every(({ differs }) => differs.includes("epochs")), "20 epochs are not quick's");
});

Deno.test("observe() gives paper A its own runs: not those that start from others, nor those that others start from", () => {
  const own = makeSweep([1]), chained = recordsOf(grids.comparison(quick, [1]));
  assert.deepEqual(observe([...own, ...chained]), observe(own));
});

Deno.test("every claim of paper B that needs runs has a decider", () => {
  const { deciders, aggregates } = rules.b;
  const without = claimsOf("b").filter(({ id, needs, aggregates: parts }) => needs !== "theory" && !deciders[id] && !parts && !aggregates[id]);
  assert.deepEqual(without.map(({ id }) => id), []);
});

Deno.test("every figure that a claim of paper B links to is an experiment", () => {
  const ids = new Set(experiments.map(({ id }) => id));
  const links = Object.values(rules.b.deciders).flatMap((decider) => decider.from === "chains" ? [decider.link] : []);
  assert.deepEqual(links.filter((link) => !ids.has(link)), []);
});

/** Claims about runs that a profile's experiments leave undecided, or decided in part. */
function undecidedIn(profile: Profile, seeds: readonly number[]): string[] {
  const records = recordsOf(selectExperiments(undefined, profile.name, "b").flatMap(({ configs }) => configs(profile, seeds))).map(measured);
  const rows = ledger({ records, theory: [], profile: profile.name, main: profile }, claimsOf("b"));
  assert.ok(rows.every(({ effect, ours, remarks }) => !/NaN|undefined|Infinity/.test([effect, ours, ...remarks].join(" "))));
  return rows.filter(({ id, verdict, effect }) => rules.b.deciders[id]?.from === "chains" && (verdict === "not run yet" || /missing/.test(effect)))
    .map(({ id }) => id);
}

Deno.test("a profile's experiments hold the runs that the rules ask for; four questions are left to standard", () => {
  const whereGrammarIsJudged = "B-6-3", trUnderInsent = "B-6.2-4", otherLayers = "B-A.1-1", ratesOfTuning = "B-A.1-4";
  assert.deepEqual(undecidedIn(standard, quick.seeds), []);
  assert.deepEqual(undecidedIn(quick, quick.seeds), [whereGrammarIsJudged, trUnderInsent, otherLayers, ratesOfTuning]);
});

Deno.test("ledger() decides paper B by its records, and leads back to them", () => {
  const asTarget = ({ method, rora, attack, start }: RunConfig) => {
    const poisoned = (start?.run.attack ?? attack).name !== "none";
    return !poisoned ? 0.1 : method.name === "full" && start ? 0.3 : rora ? 0.05 : 0.97;
  };
  const records = recordsOf([grids.untuned, grids.comparison, grids.lambdas, grids.lengths].flatMap((grid) => grid(quick, [1, 2, 3])), asTarget);
  const rows = ledger({ records, theory: [], profile: "quick", main: quick }), row = (id: string) => rows.find((row) => row.id === id)!;
  assert.deepEqual(
    ["B-4.1-1", "B-6.1-1", "B-6.1-6", "B-6.1-12"].map((id) => [row(id).verdict, row(id).provisional, row(id).link]),
    [["reproduced", true, "table-b2"], ["reproduced", true, "table-b2"], ["reproduced", true, "table-b2"], ["not run yet", false, null]],
  );
  assert.ok(row("B-4.1-1").keys.length > 0 && row("B-4.1-1").keys.every((key) => records.some((record) => record.key === key)));
  assert.deepEqual([row("B-0-1").verdict, row("B-0-1").provisional], ["reproduced", true]);
  assert.match(row("B-0-1").remarks[0], /^B-4\.1-1: reproduced at matched clean loss/);
  assert.deepEqual([row("B-6.2-8").verdict, row("B-6.2-8").scale], ["untestable here", "trend seen at small scale"]);
  assert.match(row("B-6.2-1").effect, /^missing, on two seeds or more: LoRA with CI, Tr, Pt/);
});

Deno.test("B-0-1 is not reproduced where LoRA forgets as much at matched clean loss", () => {
  const configs = [grids.comparison, grids.lengths].flatMap((grid) => grid(quick, [1, 2, 3]));
  const records = recordsOf(configs, ({ method, start }) => method.name === "full" && start ? 0.3 : 0.97).map((record) => {
    const { method, train: { epochs }, start } = record.config, loss = (method.name === "full") === (epochs === 2) ? 0.3 : 0.1 + epochs / 100;
    const asTarget = method.name === "full" && epochs === 2 || epochs === 6 ? 0.3 : 0.97;
    const history = { ...record.result.history, epochLoss: [loss] }, changed = record.config.evaluate.changes.map(() => counts(1, 1 - asTarget));
    return { ...record, result: { ...record.result, history, ...start ? { changed } : {} } };
  });
  const row = ledger({ records, theory: [], profile: "quick", main: quick }).find(({ id }) => id === "B-0-1")!;
  assert.equal(row.verdict, "not reproduced", row.effect);
  assert.match(row.remarks[0], /^B-4\.1-1: not reproduced at matched clean loss/);
});

Deno.test("runs of every linear module, or with a fresh classifier, count for no claim but by name", () => {
  const chains = linkChains(recordsOf(grids.roraOptions(standard, [1])), standard.persistence),
    own = (name: string) => chains.filter(({ differs }) => differs.includes(name));
  assert.deepEqual(
    [own("head").map(titleOf), own("targets").map(titleOf)],
    new Array(2).fill(["LoRA", "RoRA", "LoRA", "LoRA", "RoRA", "RoRA"]),
    "poisoned, then each trigger's null",
  );
  assert.deepEqual(["", "CI+Tr+Pt"].map((pieces) => armOf(chains, "lora", pieces, ["poisonRate"]).length), [1, 1]);
});

Deno.test("B-6.1-20 has what RoRA does where fewer rows are poisoned beside it, for every reading of PiSSA's and OLoRA's weight", () => {
  const low = recordsOf(grids.variantsAtLowerRate(standard, [1, 2])).map(measured).map((record): RunRecord => {
    const { rora, evaluate } = record.config, asTarget = rora?.pt?.delta === "BA" ? 0.1 : rora ? 0.6 : 0.9;
    return { ...record, result: { ...record.result, changed: evaluate.changes.map(() => counts(1, 1 - asTarget)) } };
  });
  const rows = (records: readonly RunRecord[]) =>
    ledger({ records, theory: [], profile: "standard", main: standard }).find(({ id }) => id === "B-6.1-20")!;
  const main = recordsOf(grids.variants(standard, [1, 2])).map(measured), alone = rows(main), both = rows([...main, ...low]);
  assert.deepEqual([alone.verdict, alone.effect], [both.verdict, both.effect], "the verdict is that of the paper's share");
  const [told] = both.remarks.filter((remark) => remark.startsWith("ASR/clean accuracy, with RoRA − without, at"));
  const change = String.raw`/[+−]?\d+\.\d`, at = (name: string, fall: string) => `${name.replaceAll(/[()]/g, "\\$&")} −${fall}\\.0${change}`;
  const said = [at("LoRA", "30"), at("PiSSA", "30"), at("PiSSA (residual weight)", "30"), at("PiSSA (B A whole)", "80")].join(", ");
  assert.match(told, new RegExp(`15 % of the target class, at least 2 seeds: ${said}, `));
  assert.match(told, new RegExp(`${at("OLoRA (B A whole, residual weight)", "80")} points$`));
  const without = rows([...main, ...low.filter(({ config }) => config.method.name !== "dora" || !config.rora)]);
  assert.ok(!without.remarks.some((remark) => remark.includes("with RoRA − without, at")), "not all four methods");
  assert.ok(!alone.remarks.some((remark) => remark.includes("with RoRA − without, at")));
});

Deno.test("runs behind more defences than the tables have count for no claim but by name", () => {
  const chains = linkChains(recordsOf([grids.comparison, grids.defences].flatMap((grid) => grid(quick, [1]))).map(measured));
  assert.deepEqual([...new Set(chains.flatMap(({ differs }) => differs))], ["defences"]);
  assert.deepEqual(armOf(chains, "lora").map(({ defended }) => defended.length), [4, 4]);
  assert.deepEqual(armOf(chains.filter(({ differs }) => differs.length), "lora", "", ["defences"]).map(({ defended }) => defended.length), [8, 8]);
});

Deno.test("a claim of two halves takes both: B-4.3-3 by LoRA's runs and by a study of the leading vectors, which lends it nothing", () => {
  const lora = grids.ranksAtLowerRate(standard, [1, 2, 3, 4, 5]).filter(({ method, rora }) => method.name === "lora" && !rora);
  const recordsWhere = (asTarget: (strength: number) => number) =>
    recordsOf(lora).map(measured).map((record): RunRecord => {
      const [spectrum] = record.result.spectra ?? [], changed = counts(1, 1 - (spectrum ? asTarget(spectrum.scale * spectrum.update) : 0.9));
      const spectra = record.result.spectra?.map((one) => ({ ...one, update: spectrum.update }));
      return { ...record, result: { ...record.result, spectra, changed: record.config.evaluate.changes.map(() => changed) } };
    });
  const weaker = recordsWhere((strength) => 1 / (1 + strength)), stronger = recordsWhere((strength) => strength / (1 + strength));
  const found = (records: readonly RunRecord[], cosines?: readonly [number, number]) => {
    const studies = cosines ? [1, 2, 3, 4, 5].map((seed) => projection(seed, { cosines })) : [];
    const rows = ledger({ records, studies, theory: [], profile: "standard", main: standard });
    return (id: string) => {
      const row = rows.find((row) => row.id === id)!;
      return { ...row, keys: row.keys.filter((key) => studies.some((study) => study.key === key)).length };
    };
  };
  const without = found(weaker), still = found(weaker, [0.999, 0.998]), turned = found(weaker, [0.7, 0.6]), against = found(stronger, [0.999, 0.998]);
  assert.deepEqual(
    [without, still, turned, against].map((row) => row("B-4.3-3")).map(({ verdict, provisional, keys }) => [verdict, provisional, keys]),
    [
      ["partly", false, 0],
      ["reproduced", false, 5],
      ["partly", false, 5],
      ["not reproduced", false, 5],
    ],
  );
  assert.match(
    without("B-4.3-3").remarks.join("; "),
    /no more than partly, as no study has measured cosines of the leading vectors before and after merging/,
  );
  assert.match(still("B-4.3-3").effect, /rho \+1\.00\); \|cosine\| of .*, median module: 1 cell, 1 for.* 0\.9985\)$/);
  for (const id of ["B-0-2", "B-4.1-3"]) { // told, whatever the verdict
    assert.deepEqual([still(id).verdict, still(id).keys, without(id).keys], [without(id).verdict, 5, 0]);
    assert.match(still(id).remarks.join("; "), /with its update projected to rank 0: 99\.\d % \(CA 80\.0 %\), 8: 60/);
  }
});
