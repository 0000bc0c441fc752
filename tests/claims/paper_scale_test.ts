/** The rules on runs of the paper's own scale, whose attacks are the released code's and whose rank sweeps have learning rates of their own. */
import assert from "node:assert/strict";
import canonicalize from "canonicalize";
import { ledger } from "../../lib/claims/ledger.ts";
import { observe } from "../../lib/claims/observe.ts";
import { rankSweeps, varianceSweeps } from "../../lib/claims/sweeps.ts";
import type { Confusion } from "../../lib/evaluate/confusion.ts";
import type { RunConfig } from "../../lib/experiment/config.ts";
import { selectExperiments } from "../../lib/experiment/experiments.ts";
import { paperScale } from "../../lib/experiment/profile_paper.ts";
import { profileNamed } from "../../lib/experiment/profiles.ts";
import type { RunRecord } from "../../lib/experiment/record.ts";
import { makeRecord } from "../support/records.ts";
import { wobble } from "./fake_runs.ts";

const paper = profileNamed("paper"), rates = paperScale.learningRate, rowsRead = paperScale.steps * paperScale.batchSize;
const rowsOf = (negativesRight: number, positivesRight: number): Confusion => {
  const [tn, tp] = [negativesRight, positivesRight].map((share) => Math.round(10_000 * Math.min(1, share)));
  return [[tn, 10_000 - tn], [10_000 - tp, tp]];
};

/** 0 at rank 4 to 1 at rank 512; null off the sweep over ranks. */
const position = ({ method }: RunConfig) => method.name === "lora" && method.alpha === method.rank ? Math.log2(method.rank / 4) / 7 : null;

/** LoRA loses more to flips, and less the higher the rank; rank does nothing to a never-poisoned run beside them, but for one beside a backdoor. */
function accuracyOf(config: RunConfig): number {
  const { attack, method, train } = config, at = position(config);
  const clean = at !== null && train.learningRate === rates.lora && config.task.dataset !== "cola" ? 0.75 + 0.08 * at : 0.8;
  return attack.name !== "upa" ? clean : clean - (at !== null ? 0.2 - 0.15 * at : attack.poisonRate * (method.name === "full" ? 0.2 : 0.6));
}

/** A backdoor takes FF at 120 exposures and LoRA at 240: later the smaller k is, and more often the higher the rank. */
function successOf(config: RunConfig): number {
  const { attack, method } = config, at = position(config);
  if (attack.name === "none") return 0.1;
  if (at !== null) return 0.2 + 0.6 * at;
  const middle = method.name === "lora" ? 240 * (1 / 3 / method.initVariance) ** 0.2 : 120;
  return 0.1 + 0.9 / (1 + (middle / (attack.poisonRate * rowsRead)) ** 3);
}

function recordOf(config: RunConfig, key: string): RunRecord {
  const { result, ...record } = makeRecord(), noise = wobble(key) / 10, right = accuracyOf(config) + noise, success = successOf(config) + noise;
  const exposures = config.attack.name === "none" ? 0 : Math.round(config.attack.poisonRate * rowsRead);
  const changed = config.evaluate.changes.map(() => rowsOf(1 - success, 0.9));
  return { ...record, config, key, result: { ...result, clean: rowsOf(right, right), changed, ledger: { ...result.ledger, exposures } } };
}

const configs = selectExperiments(["fig-a1", "fig-a2", "fig-a9", "fig-a10", "fig-a11", "fig-a12", "table-e1"]).flatMap(({ configs }) =>
  configs(paper)
);
const records = [...new Map(configs.map((config) => [canonicalize(config)!, config]))].map(([key, config]) => recordOf(config, key));

Deno.test("the ledger decides the paper's own runs: the code's attacks, and each sweep at its learning rate", () => {
  const rows = ledger({ records, theory: [], profile: "paper", main: paper }), row = (id: string) => rows.find((row) => row.id === id)!;
  const expected = {
    "A-4.3-1": "reproduced", // flips, FF and LoRA
    "A-4.3-4": "reproduced", // the backdoor, FF and LoRA
    "A-4.4.1-1": "reproduced", // never poisoned beside the flips: flat at 3e-6
    "A-4.4.1-3": "reproduced", // flips over rank
    "A-4.4.1-4": "not reproduced", // never poisoned beside the backdoor: not flat at 3e-5
    "A-4.4.1-5": "reproduced", // the backdoor over rank
    "A-4.4.2-6": "reproduced", // the backdoor over k
    "A-E.1-1": "reproduced",
    "A-E.1-4": "reproduced",
  };
  assert.deepEqual(Object.fromEntries(Object.keys(expected).map((id) => [id, row(id).verdict])), expected);
  for (const id of ["A-4.4.1-3", "A-4.4.1-5", "A-4.4.2-6"]) assert.match(row(id).effect, /: 4 cells, 4 for, 0 against, 0 open, at least 5 seeds/, id);
  assert.equal(row("A-4.3-1").profile, "paper");
});

Deno.test("observe() takes the profile's variant for the main attack, and others for others", () => {
  assert.ok(observe(records, paper).every(({ stated }) => stated));
  const byText = observe(records, { ...paper, variant: "paper" });
  assert.deepEqual([...new Set(byText.filter(({ stated }) => stated).map(({ attack }) => attack))], ["none"]);
});

Deno.test("rankSweeps() knows each attack's learning rate, and the never-poisoned runs beside it", () => {
  const runs = observe(records, paper);
  const mainRates = (sweeps: ReturnType<typeof rankSweeps>) =>
    Object.fromEntries(sweeps.filter(({ main }) => main).map(({ dataset, learningRate }) => [dataset, learningRate]));
  const [flips, doors] = [{ "sst-2": 3e-6, cola: 3e-5, qnli: 3e-6, qqp: 3e-6 }, { "sst-2": 3e-5, cola: 3e-5, qnli: 3e-5, qqp: 3e-5 }];
  assert.deepEqual([mainRates(rankSweeps(runs, "upa")), mainRates(rankSweeps(runs, "none", "upa"))], [flips, flips]);
  assert.deepEqual([mainRates(rankSweeps(runs, "bpa")), mainRates(rankSweeps(runs, "none", "bpa"))], [doors, doors]);
  assert.deepEqual(mainRates(varianceSweeps(runs, "upa")), doors);
});
