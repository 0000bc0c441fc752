/** What paper B's grids are made of: encoders, methods with RoRA's pieces, what never-poisoned runs stand beside them, and what a run is measured by. */
import canonicalize from "canonicalize";
import { publishedDatasets, publishedTransformations } from "../defend/paraphrase_published.ts";
import type { RunConfigInput } from "./config.ts";
import type { Grid } from "./grid.ts";
import { models } from "./inputs.ts";
import {
  type Arm,
  caseStudy,
  type ControlName,
  type LowRankName,
  type Measured,
  type Persistence,
  type PersistenceCell,
  type ProxyPair,
  startedRun,
  type TriggerName,
  triggerNames,
} from "./persistence.ts";

type Rora = NonNullable<RunConfigInput["rora"]>;

/** A grid out of the cells of one seed. */
export function persistenceGrid(cells: (persistence: Persistence) => PersistenceCell[]): Grid {
  return ({ persistence, seeds: own }, seeds = own) =>
    seeds.flatMap((seed) =>
      cells(persistence).map((cell) => startedRun(persistence, cell, seed, measuredOf(persistence, cell, isRunOf(persistence, cell, seed))))
    );
}

/** Whether a cell's run is that of an arm with the profile's own settings, from the cell's encoder, however the two are spelt. */
function isRunOf(persistence: Persistence, cell: PersistenceCell, seed: number): (arm: Arm) => boolean {
  const own = canonicalize(startedRun(persistence, cell, seed));
  return (arm) => canonicalize(startedRun(persistence, { ...cell, arm }, seed)) === own;
}

/** A function of the run alone, whichever figure asks for it: figures share runs. Defences and scales take time, so that few runs have them. */
function measuredOf(persistence: Persistence, { arm, pair, attack, poisonRate, model }: PersistenceCell, isRun: (arm: Arm) => boolean): Measured {
  if (arm.method.name === "full") return { margins: true };
  const isUsual = poisonRate === undefined || poisonRate === (pair.poisonRate ?? persistence.poisonRate),
    isPlain = isRun(lowRankArm(persistence)),
    isShown = isUsual && (isPlain || isRun(withRora(persistence))) && isRead(caseStudy.dataset, pair),
    isSwept = (isUsual || isLow(persistence, poisonRate)) && (model ?? persistence.model) === persistence.model && pair === mainPair(persistence) &&
      attack === "badnet" &&
      (isPlain || isRun(withRora(persistence, { pt: null })));
  return {
    spectra: true,
    margins: arm.method.targets === "qv", // they are read block by block
    ...isShown ? { sentences: [caseStudy] } : {},
    ...isUsual && isPlain && persistence.tables.pairs.includes(pair) ? { defended: defendedBy(persistence, pair, attack) } : {},
    ...isSwept ? { scales: [...persistence.sweeps.scales], sufficientScale: true } : {},
  };
}

/** Whether so few of the proxy's rows are poisoned that not every fine-tuning keeps the backdoor. */
export const isLow = ({ tables }: Persistence, poisonRate: number): boolean => poisonRate <= tables.lowerRate;

/** Where the authors published their own transformed rows, with BadNet's trigger and without, these stand in place of ours. */
function defendedBy({ defended }: Persistence, { target }: ProxyPair, attack: PersistenceCell["attack"]): Persistence["defended"] {
  const dataset = publishedDatasets.find((name) => name === target.dataset);
  if (!dataset || attack !== "badnet") return defended;
  const published = publishedTransformations.map((transformation) => ({ name: "published" as const, transformation, dataset }));
  return { ...defended, by: [...defended.by.filter(({ name }) => name === "onion"), ...published] };
}

/** Query and value, as paper B adapts them. */
export function lowRank(name: LowRankName, { lora, variants }: Persistence, change: Partial<Persistence["lora"]> = {}): RunConfigInput["method"] {
  return { name, targets: "qv", ...name === "lora" ? lora : variants, ...change };
}

export const full: Arm = { method: { name: "full" } };
/** Full fine-tuning of the weights that LoRA adapts: where, apart from how much (B-1-1). */
export const fullOfAdapted: Arm = { method: { name: "full", only: "qv" } };
/** A low-rank method without RoRA. */
export const lowRankArm = (persistence: Persistence, name: LowRankName = "lora"): Arm => ({ method: lowRank(name, persistence), rora: null });
export const withRora = (persistence: Persistence, change: Partial<Rora> = {}, name: LowRankName = "lora"): Arm => ({
  ...lowRankArm(persistence, name),
  rora: { ...persistence.rora, ...change },
});

export const all = (cell: Omit<PersistenceCell, "arm">, arms: readonly Arm[]): PersistenceCell[] => arms.map((arm) => ({ ...cell, arm }));
const isRead = (dataset: string, { proxy, target }: ProxyPair): boolean => proxy.dataset === dataset || target.dataset === dataset;
export const mainPair = ({ pairs: [pair] }: Persistence) => pair;

/** What an ASR has to exceed: the same methods from encoders that were never poisoned. Every table and sweep shares these runs. */
export const nullsOf = (persistence: Persistence): PersistenceCell[] =>
  all({ pair: mainPair(persistence), attack: "none" }, [...plainArms(persistence), withRora(persistence)]);

/** Those without RoRA. */
export const plainNullsOf = (persistence: Persistence, pair: ProxyPair): PersistenceCell[] => all({ pair, attack: "none" }, plainArms(persistence));

export const plainArms = (persistence: Persistence): Arm[] => [full, lowRankArm(persistence)];

/** The main tables' models with each pair and each of its encoders: poisoned, and not. */
export const encoders = ({ tables }: Persistence): Omit<PersistenceCell, "arm">[] =>
  [{}, ...tables.otherModels.map((model) => ({ model }))].flatMap((own) =>
    tables.pairs.flatMap((pair) => [...triggerNames, "none" as const].map((attack) => ({ ...own, pair, attack })))
  );

/** Of the first pair, for each trigger that the profile has Tables 4 and 5 of. */
export const inTables = (persistence: Persistence, arms: (attack: TriggerName) => readonly Arm[]): PersistenceCell[] => [
  ...persistence.tables.attacks.flatMap((attack) => all({ pair: mainPair(persistence), attack }, arms(attack))),
  ...nullsOf(persistence),
];

/** Of RoRA these pieces alone. */
export const only = (persistence: Persistence, pieces: Partial<Rora>): Arm => withRora(persistence, { ci: null, tr: null, pt: null, ...pieces });

const controls: Readonly<Record<ControlName, (rora: Persistence["rora"], other: { scale: number; layers: number }) => Partial<Rora>>> = {
  l2: ({ tr }) => ({ tr: { ...tr, k: "full" } }),
  random: ({ tr }) => ({ tr: { ...tr, space: "random" } }),
  "one-scale": ({ pt }, { scale }) => ({ pt: { ...pt, scale } }),
  "one-layer": ({ pt }) => ({ pt: { ...pt, layers: 1 } }),
  middle: ({ pt }) => ({ pt: { ...pt, place: "middle" } }),
  bottom: ({ pt }) => ({ pt: { ...pt, place: "bottom" } }),
  "every-layer": ({ pt }, { layers }) => ({ pt: { ...pt, layers } }),
};

/** The profile's controls; `scale` is that of the one which has one for all modules. */
export const controlsOf = (persistence: Persistence, scale: number): Arm[] =>
  persistence.tables.controls.map((name) => only(persistence, controls[name](persistence.rora, { scale, layers: models[persistence.model].layers })));

/** LoRA with every subset of RoRA's three pieces. */
export function subsetsOf(persistence: Persistence): Arm[] {
  const { ci, tr, pt } = persistence.rora, choices = [null, 1] as const;
  return choices.flatMap((a) => choices.flatMap((b) => choices.map((c) => only(persistence, { ci: a && ci, tr: b && tr, pt: c && pt }))));
}

/** What Pt alone makes of encoders that were never poisoned: where it acts, it costs accuracy. */
export const ptNull = (persistence: Persistence): PersistenceCell => ({
  pair: mainPair(persistence),
  attack: "none",
  arm: only(persistence, { pt: persistence.rora.pt }),
});

export const withMethod = (arm: Arm, persistence: Persistence, change: Partial<Persistence["lora"]>): Arm => ({
  ...arm,
  method: lowRank("lora", persistence, change),
});
