/** Which runs each figure and table of paper B needs. They share runs through the key, and all of a seed share its poisoned encoders. */
import canonicalize from "canonicalize";
import { standingAlone } from "./config.ts";
import type { Grid } from "./grid.ts";
import { type Arm, type LowRankName, lowRankNames, type Persistence, type PersistenceCell, startedRun, triggerNames } from "./persistence.ts";
import { all, controlsOf, encoders, full, fullOfAdapted, inTables, lowRank, lowRankArm, mainPair, nullsOf, only } from "./persistence_cells.ts";
import { persistenceGrid, plainNullsOf, ptNull, subsetsOf, withMethod, withRora } from "./persistence_cells.ts";
import type { Profile } from "./profile.ts";
import { resolveConfig } from "./resolve.ts";

/** Tables 1 and 6: what the poisoned encoder says of the target task before it has seen a row of it. */
export const untuned: Grid = persistenceGrid((persistence) => encoders(persistence).map((cell) => ({ ...cell, arm: { ...full, epochs: 0 } })));

/** Table 2: every method from the same poisoned encoders, and the null, from encoders that were never poisoned. */
export const comparison: Grid = persistenceGrid((persistence) => {
  const arms = [full, ...lowRankNames.map((name) => lowRankArm(persistence, name)), withRora(persistence)];
  return persistence.tables.pairs.flatMap((pair) => [
    ...triggerNames.flatMap((attack) => all({ pair, attack }, arms)),
    ...nullsOf(persistence, pair),
  ]);
});

/** Figures 1 and 2: the spectra that LoRA's runs keep. */
export const spectra: Grid = persistenceGrid((persistence) => encoders(persistence).map((cell) => ({ ...cell, arm: lowRankArm(persistence) })));

/** Table 4: RoRA on top of each low-rank method. */
export const variants: Grid = persistenceGrid((persistence) =>
  inTables(persistence, () => lowRankNames.flatMap((name) => [lowRankArm(persistence, name), withRora(persistence, {}, name)]))
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

/** RoRA's choices that the paper leaves open, each beside the default, from proxies with fewer poisoned rows. */
export const roraOptions: Grid = persistenceGrid((persistence) => {
  const { rora: { ci, tr, pt }, tables: { lowerRate: poisonRate } } = persistence, pissa = lowRankArm(persistence, "pissa");
  const arms: Arm[] = [
    lowRankArm(persistence),
    ...([{}, { site: "input" }, { site: "output" }, { rescale: false }] as const).map((change) => only(persistence, { ci: { ...ci, ...change } })),
    ...([{}, { reduce: "sum" }, { k: 8 }, { k: 128 }] as const).map((change) => only(persistence, { tr: { ...tr, ...change } })),
    pissa,
    ...([{}, { delta: "BA" }] as const).map((change) => ({ ...pissa, rora: { pt: { ...pt, ...change } } })),
  ];
  const pair = mainPair(persistence);
  return [...all({ pair, attack: "badnet", poisonRate }, arms), ...plainNullsOf(persistence, pair), ptNull(persistence)];
});

/** Figure 4: one sentence, after LoRA and after RoRA. */
export const oneSentence: Grid = persistenceGrid((persistence) =>
  encoders(persistence).flatMap((cell) => all(cell, [lowRankArm(persistence), withRora(persistence)]))
);

/** Figure 3: one scale for every module after training, on LoRA's update and on RoRA's before its rescaling. */
export const scales: Grid = persistenceGrid((persistence) => [
  ...[lowRankArm(persistence), withRora(persistence, { pt: null })].map((arm) => ({
    pair: mainPair(persistence),
    attack: "badnet" as const,
    arm,
  })),
  ...nullsOf(persistence),
]);

const roraSweep = (arms: (persistence: Persistence) => Arm[]): Grid =>
  persistenceGrid((persistence) => [
    ...all({ pair: mainPair(persistence), attack: "badnet" }, [withRora(persistence), ...arms(persistence)]),
    ...nullsOf(persistence),
  ]);

/** Figure 5a: lambda. */
export const lambdas: Grid = roraSweep((persistence) =>
  persistence.sweeps.lambdas.map((lambda) => withRora(persistence, { tr: { ...persistence.rora.tr, lambda } }))
);

/** Figure 5b: the rate of clean-strengthened training. */
export const rates: Grid = roraSweep((persistence) =>
  persistence.sweeps.rates.map((rate) => withRora(persistence, { ci: { ...persistence.rora.ci, rate } }))
);

/** Figure 6: the rank at one alpha, with RoRA and without. */
export const ranks: Grid = roraSweep((persistence) => [
  lowRankArm(persistence),
  ...persistence.sweeps.ranks.flatMap((rank) =>
    [withRora(persistence), lowRankArm(persistence)].map((arm) => withMethod(arm, persistence, { rank }))
  ),
]);

/** Figure 7: alpha at one rank. */
export const alphas: Grid = roraSweep((persistence) =>
  persistence.sweeps.alphas.map((alpha) => withMethod(withRora(persistence), persistence, { alpha }))
);

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
