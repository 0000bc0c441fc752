/** Made-up records of paper B's experiments: their real configs, with planted counts, scales and spectra in place of training. */
import { createHash } from "node:crypto";
import type { Confusion } from "../../lib/evaluate/confusion.ts";
import { type RunConfig, standingAlone } from "../../lib/experiment/config.ts";
import { selectExperiments } from "../../lib/experiment/experiments.ts";
import type { Profile } from "../../lib/experiment/profile.ts";
import { profileNamed } from "../../lib/experiment/profiles.ts";
import type { Quantiles } from "../../lib/experiment/margins.ts";
import type { ModuleSpectrum, RunRecord, RunResult } from "../../lib/experiment/record.ts";
import { createRng } from "../../lib/math/random.ts";
import { makeRecord } from "./records.ts";

/** What is planted into a run, before its seed moves it a little. */
export interface Planted {
  readonly cleanAccuracy: number;
  readonly attackSuccessRate: number;
}

/** The records of an experiment of paper B, one for each of its configs. */
export function makeChainRecords(id: string, seeds: readonly number[] = [1, 2, 3], profile: Profile = profileNamed("standard")): RunRecord[] {
  const configs = selectExperiments([id])[0].configs(profile, seeds);
  return [...new Map(configs.map((config) => chainRecord(config)).map((record) => [record.key, record])).values()];
}

export const keyOf = (config: RunConfig): string => createHash("sha256").update(JSON.stringify(config)).digest("hex");

export function chainRecord(config: RunConfig, planted: Planted = plantedIn(config)): RunRecord {
  const record = makeRecord(), key = keyOf(config), jitter = createRng(`${key}`), { start, attack, train, task, evaluate } = config;
  const near = ({ cleanAccuracy, attackSuccessRate }: Planted): Planted => ({
    cleanAccuracy: cleanAccuracy + (jitter.uniform() - 0.5) * 0.03,
    attackSuccessRate: attackSuccessRate + (jitter.uniform() - 0.5) * 0.2 * Math.sqrt(attackSuccessRate * (1 - attackSuccessRate)),
  });
  const rows = task.split === "test" ? task.testRows : task.validationRows, seeded = near(planted);
  const countsAt = (at: Planted) => ({ clean: clean(at, rows), changed: evaluate.changes.map(() => triggered(at, rows)) });
  const trained = config.method.name === "full" ? 1 : config.method.alpha / config.method.rank;
  const poisonedRows = attack.name === "none" ? 0 : Math.round(attack.poisonRate * task.trainRows / 2);
  return {
    ...record,
    key,
    config,
    digests: { ...record.digests, ...start ? { start: keyOf(standingAlone(start.run)) } : {} },
    result: {
      ...record.result,
      ...countsAt(seeded),
      ledger: { ...record.result.ledger, poisonedRows, relabelledRows: 0, exposures: poisonedRows * train.epochs },
      ...evaluate.scales.length ? { atScales: evaluate.scales.map((scale) => ({ scale, ...countsAt(scaled(seeded, scale / trained)) })) } : {},
      ...evaluate.defended ? { defended: defendedCounts(seeded, evaluate.defended, evaluate.changes.length) } : {},
      ...evaluate.sentences.length ? { sentences: evaluate.sentences.map(() => sentenceAt(seeded, evaluate.changes.length)) } : {},
      ...evaluate.margins ? marginsIn(config, seeded) : {},
      ...evaluate.spectra ? { spectra: spectraIn(config) } : {},
    },
  };
}

/** A run is the worse an attack's, the more of RoRA it has; one run of seed 2 collapsed. */
function plantedIn({ start, attack, method, rora, train, seed }: RunConfig): Planted {
  if (!start) return { cleanAccuracy: 0.78, attackSuccessRate: attack.name === "none" ? 0.2 : 0.99 };
  const source = start.run.attack, dose = source.name === "none" ? 0 : source.poisonRate;
  if (train.maxSteps === 0) return { cleanAccuracy: 0.78, attackSuccessRate: dose ? 0.98 : 0.18 };
  if (rora?.pt?.layers === 1 && seed === 2) return { cleanAccuracy: 0.5, attackSuccessRate: 1 };
  const forgets = (rora?.ci ? 0.1 + rora.ci.rate : 0) + (rora?.tr ? 0.005 * rora.tr.lambda : 0) + (rora?.pt ? 0.45 : 0);
  const kept = dose === 0 ? 0.1 : Math.min(0.99, 0.6 + dose) - 0.02 * train.epochs - forgets;
  const low = method.name === "full" ? 0 : 0.015 + (rora?.pt ? 0.02 : 0) + (method.name === "olora" ? 0.02 : 0);
  return { cleanAccuracy: 0.88 - low, attackSuccessRate: Math.max(0.03, kept) };
}

/** A larger scale drives the attack out, and accuracy in the end. */
const scaled = ({ cleanAccuracy, attackSuccessRate }: Planted, times: number): Planted => ({
  cleanAccuracy: Math.max(0.5, cleanAccuracy - 0.002 * times),
  attackSuccessRate: attackSuccessRate / (1 + (times / 4) ** 2),
});

/** Each defence takes as much of the attack away as of the rows' sense. */
function defendedCounts(at: Planted, { rows, by }: NonNullable<RunConfig["evaluate"]["defended"]>, changes: number) {
  const countsOf = (planted: Planted) => ({ clean: clean(planted, rows), changed: Array.from({ length: changes }, () => triggered(planted, rows)) });
  const behind = by.map((_, i) => ({
    cleanAccuracy: at.cleanAccuracy - 0.03 * (i + 1),
    attackSuccessRate: at.attackSuccessRate * (0.9 - 0.2 * i),
  }));
  return { undefended: countsOf(at), by: behind.map(countsOf) };
}

const within = (share: number, rows: number): number => Math.round(Math.min(1, Math.max(0, share)) * rows);

/** Target label 0: as many rows of each class, both equally often right. */
function clean({ cleanAccuracy }: Planted, rows: number): Confusion {
  const half = Math.floor(rows / 2), right = within(cleanAccuracy, half);
  if (cleanAccuracy < 0.52) return [[half, 0], [half, 0]];
  return [[right, half - right], [half - right, right]];
}

function triggered({ cleanAccuracy, attackSuccessRate }: Planted, rows: number): Confusion {
  const half = Math.floor(rows / 2), right = within(Math.max(cleanAccuracy, attackSuccessRate), half), taken = within(attackSuccessRate, half);
  return [[right, half - right], [taken, half - taken]];
}

/** Thirteen words; the trigger counts for most in the middle. */
const sentenceAt = ({ cleanAccuracy, attackSuccessRate }: Planted, changes: number) => ({
  untouched: 1 - cleanAccuracy,
  triggered: Array.from({ length: changes }, () => Array.from({ length: 14 }, (_, place) => attackSuccessRate * (1 - Math.abs(place - 6.5) / 20))),
});

/** The more a row is the backdoor's, the larger the scale that turns it. */
function marginsIn({ method, start, evaluate, train }: RunConfig, { attackSuccessRate }: Planted): Pick<RunResult, "head" | "network"> {
  const poisoned = start?.run.attack.name !== "none",
    around = (middle: number, width: number) => [-2, -1, 0, 1, 2].map((i) => middle + i * width) as unknown as Quantiles;
  const scale = method.name === "full" ? 1 : method.alpha / method.rank, exactScale = around(scale * (0.5 + 4 * attackSuccessRate), scale * 0.2);
  const head = {
    rows: 300,
    sigmaPretrained: 1.2,
    sigmaUpdate: train.maxSteps === 0 ? 0 : 0.4,
    rhoBackdoor: around(poisoned ? 0.4 : -0.3, 0.1),
    update: train.maxSteps === 0 ? null : {
      rhoClean: around(0.3, 0.05),
      rhoTrigger: around(0.5, 0.05),
      rhoEffective: around(-0.2, 0.1),
      shares: { backdoor: 0.9, clean: 0.9, trigger: 0.9, effective: 0.2, update: 0.2, matched: 0.1 },
      cleanShare: 0.3,
      exactScale: around(3, 0.5),
      turned: 0.8,
      ...evaluate.sufficientScale ? { sufficientScale: around(7, 0.5) } : {},
    },
  };
  if (method.name === "full") return { head };
  const sufficient = { scale: around(4 * exactScale[2], scale * 0.2), share: 0.4 };
  const predicted = evaluate.scales.map((s) => {
    const left = attackSuccessRate / (1 + (s / scale / 3) ** 2);
    return { scale: s, attackSuccessRate: left, cleanAccuracy: 0.8, triggeredMargin: 1 - 2 * left };
  });
  const means = { without: 0.5, with: 2 };
  return {
    head,
    network: {
      scale,
      clean: means,
      triggered: means,
      cleanShare: 0.75,
      exactScale,
      turned: 0.9,
      ...evaluate.sufficientScale ? { sufficient } : {},
      predicted,
    },
  };
}

function spectraIn(config: RunConfig): ModuleSpectrum[] {
  const { method } = config, jitter = createRng(`${keyOf(config)}/spectra`);
  if (method.name === "full") return [];
  return Array.from({ length: 6 }, (_, layer) =>
    ["query", "value"].map((kind) => ({
      module: `encoder.layer.${layer}.attention.self.${kind}`,
      pretrained: (kind === "query" ? 9 : 4) + jitter.uniform(),
      update: 0.8 + 0.05 * layer + 0.2 * jitter.uniform(),
      scale: method.alpha / method.rank,
      left: 0.1 + 0.08 * jitter.uniform(),
      right: (kind === "query" ? 0.12 : 0.2) + 0.08 * jitter.uniform(),
    }))).flat();
}
