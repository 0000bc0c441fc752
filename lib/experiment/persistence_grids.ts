/** Which runs each figure and table of paper B needs. They share runs through the key, and all of a seed share its poisoned encoders. */
import canonicalize from "canonicalize";
import { standingAlone } from "./config.ts";
import { type Grid, some } from "./grid.ts";
import { type Arm, type LowRankName, lowRankNames, type Persistence, type PersistenceCell, startedRun, triggerNames } from "./persistence.ts";
import {
  all,
  controlsOf,
  encoders,
  full,
  fullOfAdapted,
  inTables,
  isLow,
  lowRank,
  lowRankArm,
  mainPair,
  nullsOf,
  only,
  plainArms,
} from "./persistence_cells.ts";
import { persistenceGrid, plainNullsOf, ptNull, subsetsOf, withMethod, withRora } from "./persistence_cells.ts";
import type { Profile } from "./profile.ts";
import { resolveConfig } from "./resolve.ts";
import { startsInWeight } from "../train/rora/rora.ts";

/** Tables 1 and 6: what the poisoned encoder says of the target task before it has seen a row of it. */
export const untuned: Grid = persistenceGrid((persistence) => encoders(persistence).map((cell) => ({ ...cell, arm: { ...full, epochs: 0 } })));

/** Table 2: every method from the same poisoned encoders, and the null, from encoders that were never poisoned. */
export const comparison: Grid = persistenceGrid((persistence) => {
  const arms = [full, ...lowRankNames.map((name) => lowRankArm(persistence, name)), withRora(persistence)];
  const nulls = [...plainArms(persistence), withRora(persistence)];
  return encoders(persistence).flatMap((cell) => all(cell, cell.attack === "none" ? nulls : arms));
});

/** Figures 1 and 2: the spectra that LoRA's runs keep. */
export const spectra: Grid = persistenceGrid((persistence) => encoders(persistence).map((cell) => ({ ...cell, arm: lowRankArm(persistence) })));

/** Table 4: RoRA on top of each low-rank method. */
export const variants: Grid = persistenceGrid((persistence) =>
  inTables(persistence, () => lowRankNames.flatMap((name) => [lowRankArm(persistence, name), withRora(persistence, {}, name)]))
);

/**
 * The same from proxies with fewer poisoned rows, where RoRA acts; and for PiSSA and OLoRA, whose factors start as a part of the weight, each choice of what
 * counts as the weight (in Tr and Pt) and as its change (in Pt).
 */
export const variantsAtLowerRate: Grid = some(
  5,
  persistenceGrid((persistence) => {
    const { rora: { tr, pt }, tables: { lowerRate: poisonRate } } = persistence, pair = mainPair(persistence);
    const choices = (["BA-B0A0", "BA"] as const).flatMap((delta) => (["pretrained", "residual"] as const).map((of) => ({ delta, of })));
    const arms = lowRankNames.flatMap((name) => [
      lowRankArm(persistence, name),
      ...choices.slice(0, startsInWeight(name) ? choices.length : 1).map(({ delta, of }) =>
        withRora(persistence, { tr: { ...tr, space: of }, pt: { ...pt, delta, weight: of } }, name)
      ),
    ]);
    return [...all({ pair, attack: "badnet", poisonRate }, arms), ...all({ pair, attack: "none" }, arms)];
  }),
);

/** Of the control that has one scale for all modules; at the lower rate the power of two nearest to the scales that Pt takes by the weights. */
export const oneScale = { usual: 8, atLowerRate: 16 } as const;

/** Table 5, and the combinations that it leaves out: every subset of RoRA's three pieces, and their controls. */
export const ablation: Grid = persistenceGrid((persistence) => [
  ...inTables(persistence, (attack) => [...subsetsOf(persistence), ...attack === "badnet" ? controlsOf(persistence, oneScale.usual) : []]),
  ptNull(persistence),
]);

/** The same from proxies with fewer poisoned rows. */
export const ablationAtLowerRate: Grid = persistenceGrid((persistence) => [
  ...all({ pair: mainPair(persistence), attack: "badnet", poisonRate: persistence.tables.lowerRate }, [
    ...subsetsOf(persistence),
    ...controlsOf(persistence, oneScale.atLowerRate),
  ]),
  ...nullsOf(persistence),
  ptNull(persistence),
]);

/**
 * RoRA's choices that the paper leaves open, each beside the default, from proxies with fewer poisoned rows; the variants of LoRA with its scale
 * and dropout in place of the library's; and LoRA and RoRA of every linear module, and with a classifier that does not go on from the proxy's.
 */
export const roraOptions: Grid = persistenceGrid((persistence) => {
  const { lora, rora: { ci, tr, pt }, tables: { lowerRate: poisonRate } } = persistence, pissa = lowRankArm(persistence, "pissa");
  const arms: Arm[] = [
    lowRankArm(persistence),
    ...([{}, { site: "input" }, { site: "output" }, { rescale: false }] as const).map((change) => only(persistence, { ci: { ...ci, ...change } })),
    ...([{}, { reduce: "sum" }, { k: 8 }, { k: 128 }] as const).map((change) => only(persistence, { tr: { ...tr, ...change } })),
    only(persistence, { pt }),
    ...variantNames.flatMap((name) => [lowRankArm(persistence, name), { method: lowRank(name, persistence, lora), rora: null }]),
    ...([{}, { delta: "BA" }] as const).map((change) => ({ ...pissa, rora: { pt: { ...pt, ...change } } })),
    withRora(persistence),
  ];
  const elsewhere = [lowRankArm(persistence), withRora(persistence)].flatMap((arm): Arm[] => [
    { ...arm, method: { name: "lora", targets: "all", ...persistence.lora } },
    { ...arm, head: "fresh" },
  ]);
  const pair = mainPair(persistence);
  return [
    ...all({ pair, attack: "badnet", poisonRate }, [...arms, ...elsewhere]),
    ...nullsOf(persistence),
    ...all({ pair, attack: "none" }, elsewhere),
    ptNull(persistence),
  ];
});

const variantNames = lowRankNames.filter((name) => name !== "lora");

/** Figure 4: one sentence, after LoRA and after RoRA. */
export const oneSentence: Grid = persistenceGrid((persistence) =>
  encoders(persistence).flatMap((cell) => all(cell, [lowRankArm(persistence), withRora(persistence)]))
);

/** Figure 3: one scale for every module after training, on LoRA's update and on RoRA's before its rescaling. */
export const scales: Grid = persistenceGrid((persistence) => [...sweptAt(persistence), ...nullsOf(persistence)]);

/** The same from proxies with few poisoned rows: where there is less of a backdoor, Proposition 4.2 has a threshold on more rows. */
export const thresholds: Grid = persistenceGrid((persistence) => {
  const doses = [undefined, ...persistence.sweeps.poisonRates.filter((rate) => isLow(persistence, rate))];
  return [...doses.flatMap((poisonRate) => sweptAt(persistence, poisonRate)), ...nullsOf(persistence)];
});

/** The runs that are read at every scale: `measuredOf` of the cells says so. */
const sweptAt = (persistence: Persistence, poisonRate?: number): PersistenceCell[] =>
  all({ pair: mainPair(persistence), attack: "badnet", poisonRate }, [lowRankArm(persistence), withRora(persistence, { pt: null })]);

/** RoRA at its default and over one axis, beside its nulls. */
const roraSweep = (
  arms: (persistence: Persistence) => readonly Arm[],
  rateOf: (persistence: Persistence) => number | undefined = () => undefined,
): Grid =>
  persistenceGrid((persistence) => [
    ...all({ pair: mainPair(persistence), attack: "badnet", poisonRate: rateOf(persistence) }, [withRora(persistence), ...arms(persistence)]),
    ...nullsOf(persistence),
  ]);

/** The same from proxies with fewer poisoned rows, where the backdoor does not outlive every setting: its default and the ends of the axis. */
const atLowerRate = (arms: (persistence: Persistence, ends: <T>(values: readonly T[]) => readonly T[]) => readonly Arm[]): Grid =>
  some(5, roraSweep((persistence) => arms(persistence, (values) => [values[0], values.at(-1)!]), ({ tables }) => tables.lowerRate));

const overLambdas = (persistence: Persistence, lambdas: readonly number[]): Arm[] =>
  lambdas.map((lambda) => withRora(persistence, { tr: { ...persistence.rora.tr, lambda } }));
const overRates = (persistence: Persistence, rates: readonly number[]): Arm[] =>
  rates.map((rate) => withRora(persistence, { ci: { ...persistence.rora.ci, rate } }));
/** With RoRA and without. */
const overRanks = (persistence: Persistence, ranks: readonly number[]): Arm[] => [
  lowRankArm(persistence),
  ...ranks.flatMap((rank) => [withRora(persistence), lowRankArm(persistence)].map((arm) => withMethod(arm, persistence, { rank }))),
];
const overAlphas = (persistence: Persistence, alphas: readonly number[]): Arm[] =>
  alphas.map((alpha) => withMethod(withRora(persistence), persistence, { alpha }));

/** Figure 5a: lambda. */
export const lambdas: Grid = roraSweep((persistence) => overLambdas(persistence, persistence.sweeps.lambdas));
export const lambdasAtLowerRate: Grid = atLowerRate((persistence, ends) => overLambdas(persistence, ends(persistence.sweeps.lambdas)));

/** Figure 5b: the rate of clean-strengthened training. */
export const rates: Grid = roraSweep((persistence) => overRates(persistence, persistence.sweeps.rates));
export const ratesAtLowerRate: Grid = atLowerRate((persistence, ends) => overRates(persistence, ends(persistence.sweeps.rates)));

/** Figure 6: the rank at one alpha. */
export const ranks: Grid = roraSweep((persistence) => overRanks(persistence, persistence.sweeps.ranks));
export const ranksAtLowerRate: Grid = atLowerRate((persistence, ends) => overRanks(persistence, ends(persistence.sweeps.ranks)));

/** Figure 7: alpha at one rank. */
export const alphas: Grid = roraSweep((persistence) => overAlphas(persistence, persistence.sweeps.alphas));
export const alphasAtLowerRate: Grid = atLowerRate((persistence, ends) => overAlphas(persistence, ends(persistence.sweeps.alphas)));

/** What the paper does not vary: how much of the proxy was poisoned. The runs that made the encoders are in it: they know the dose in rows. */
export const proxyDoses: Grid = (profile, seeds) => {
  const runs = persistenceGrid((persistence) => [
    ...[persistence.poisonRate, ...persistence.sweeps.poisonRates].flatMap((poisonRate) =>
      all({ pair: mainPair(persistence), attack: "badnet", poisonRate }, [full, fullOfAdapted, lowRankArm(persistence), withRora(persistence)])
    ),
    ...nullsOf(persistence),
  ])(profile, seeds);
  const proxies = new Map(runs.map(({ start }) => [canonicalize(start!.run), standingAlone(start!.run)]));
  return [...proxies.values(), ...runs];
};

/** B-6-3: what the triggers do where grammar is judged, from encoders that were never poisoned. */
export const acceptability: Grid = persistenceGrid((persistence) => plainNullsOf(persistence, persistence.acceptability));

/** LoRA behind ONION at each bar and behind the other defences, on more rows than the tables have. */
export const defences: Grid = ({ persistence, seeds: own }, seeds = own) => {
  const { defended, defences: { rows, bars } } = persistence, pair = mainPair(persistence), arm = lowRankArm(persistence);
  const by = [...bars.map((bar) => ({ name: "onion" as const, bar })), ...defended.by.filter(({ name }) => name !== "onion")];
  return seeds.flatMap((seed) =>
    ([...triggerNames, "none"] as const).map((attack) => startedRun(persistence, { pair, attack, arm }, seed, { defended: { rows, by } }))
  );
};

/** The learning rate of the clean fine-tuning, in parts and multiples of the pair's. */
export const learningRates: Grid = persistenceGrid((persistence) =>
  [1, ...persistence.sweeps.learningRates].flatMap((factor) => {
    const pair = mainPair(persistence), at = (name: "full" | "lora") => factor * pair.learningRate[name];
    return all({ pair, attack: "badnet" }, [{ ...full, learningRate: at("full") }, { ...lowRankArm(persistence), learningRate: at("lora") }]);
  }).concat(plainNullsOf(persistence, mainPair(persistence)))
);

/** And how long the clean fine-tuning goes on. */
export const lengths: Grid = persistenceGrid((persistence) => lengthsOf(persistence));

const lengthsOf = (persistence: Persistence, poisonRate?: number): PersistenceCell[] => [
  ...[persistence.training.epochs, ...persistence.sweeps.epochs].flatMap((epochs) =>
    all({ pair: mainPair(persistence), attack: "badnet", poisonRate }, [full, lowRankArm(persistence)].map((arm) => ({ ...arm, epochs })))
  ),
  ...plainNullsOf(persistence, mainPair(persistence)),
];

/** The same from proxies with fewer poisoned rows. */
export const lengthsAtLowerRate: Grid = persistenceGrid((persistence) => lengthsOf(persistence, persistence.tables.lowerRate));

/** Clean validation accuracy over learning rates, from encoders that were never poisoned. */
export const calibration: Grid = ({ persistence }: Profile, seeds = persistence.calibration.seeds) => {
  const { full: fullRates, lowRank: lowRankRates } = persistence.calibration.learningRates;
  const armsOf = (names: readonly LowRankName[]): Arm[] => [
    ...fullRates.map((learningRate) => ({ ...full, learningRate })),
    ...names.flatMap((name) => lowRankRates.map((learningRate) => ({ method: lowRank(name, persistence), learningRate }))),
  ];
  const { acceptability, pairs } = persistence, only = pairs.includes(acceptability) ? [] : [{ pair: acceptability, arms: armsOf(["lora"]) }];
  const cells = [...pairs.map((pair) => ({ pair, arms: armsOf(lowRankNames) })), ...only];
  return seeds.flatMap((seed) =>
    cells.flatMap(({ pair, arms }) => arms.map((arm) => startedRun(persistence, { pair, attack: "none", arm }, seed)))
      .map(({ task, train: { checkpoint: _, ...train }, ...config }) =>
        // the rows that choose a rate choose no epoch
        resolveConfig({ ...config, task: { ...task, split: "validation" }, train, evaluate: {} })
      )
  );
};
