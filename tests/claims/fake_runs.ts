/** Made-up runs as the rules see them: planted effects, seeded noise. */
import type { Run, Seen } from "../../lib/claims/observe.ts";
import { createRng } from "../../lib/math/random.ts";

/** Held-out rows with one accuracy on both classes; `asTarget`: share of the other class that is predicted as the target. */
export function seen(accuracy: number, asTarget = 1 - accuracy): Seen {
  return { metrics: { accuracy, precision: accuracy, recall: accuracy, f1: accuracy, rows: 600 }, asTarget };
}

const usual = {
  rank: 8,
  alpha: 16,
  targets: "all",
  init: "kaiming-uniform",
  initVariance: 1 / 3,
  zero: "B",
  trainA: true,
  dropout: 0,
  head: "frozen",
} as const;

export type Sketch = Partial<Omit<Run, "lora" | "twin">> & { readonly lora?: Partial<NonNullable<Run["lora"]>> | null };

let count = 0;

/** A run, or another one with some of its settings changed: its twin is that of its own settings. */
export function run(sketch: Sketch = {}): Run {
  const { lora, ...given } = sketch, method = given.method ?? "lora", attack = given.attack ?? "none", poisonRate = given.poisonRate ?? 0;
  const made = {
    key: `key-${++count}`,
    dataset: "mr",
    setting: "a",
    split: "test",
    attack,
    attackSettings: `{"name":"${attack}"}`,
    variant: "paper",
    stated: true,
    poisonRate,
    exposures: Math.round(poisonRate * 1500),
    method,
    learningRate: method === "full" ? 1e-4 : 1e-3,
    main: true,
    seed: 1,
    trainingLoss: 0.5,
    collapsed: false,
    clean: seen(0.8),
    triggered: null,
    trigger: null,
    changed: {},
    mainOverRanks: { upa: given.main ?? true, bpa: given.main ?? true },
    ...given,
    lora: method === "full" ? null : { ...usual, ...lora },
  };
  return { ...made, twin: JSON.stringify([made.setting, method, made.lora, made.learningRate, made.seed]) };
}

/** Small seeded noise, the same for the same names. */
export function wobble(...names: readonly (string | number)[]): number {
  return (createRng(names.join("/")).uniform() - 0.5) * 0.01;
}

export const seeds = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

const methods = ["full", "lora"] as const;

/** Both methods under label flips, LoRA `excess` x rate worse than full fine-tuning. */
export function flips(excess: number, { of = 5, rates = [0, 0.1, 0.2, 0.3] } = {}): Run[] {
  return seeds(of).flatMap((seed) =>
    methods.flatMap((method) =>
      rates.map((poisonRate) => {
        const accuracy = 0.8 - 0.3 * poisonRate - (method === "lora" ? excess * poisonRate : 0) + wobble("flips", seed, poisonRate, method);
        return run({ method, attack: poisonRate ? "upa" : "none", poisonRate, seed, clean: seen(accuracy) });
      })
    )
  );
}

/** Both methods with a backdoor whose dose at ASR 50 % is `full` and `lora` exposures; triggered accuracy falls as ASR rises. */
export function doors(full: number, lora: number, { of = 5, exposures = [0, 6, 12, 24, 48, 96] } = {}): Run[] {
  return seeds(of).flatMap((seed) =>
    methods.flatMap((method) =>
      exposures.map((dose) => {
        const middle = method === "full" ? full : lora, asTarget = 0.1 + 0.9 / (1 + (middle / Math.max(dose, 0.1)) ** 4);
        const triggered = seen(
          0.9 - asTarget / 2 + wobble("doors", seed, dose, method),
          Math.min(1, asTarget + wobble("success", seed, dose, method)),
        );
        return run({
          method,
          attack: dose ? "bpa" : "none",
          poisonRate: dose / 1500,
          exposures: dose,
          seed,
          clean: seen(0.8 + wobble("clean", seed, dose, method) / 5),
          triggered,
          trigger: "t",
          changed: { t: triggered },
        });
      })
    )
  );
}

/** LoRA over an axis, clean and under both attacks: gap and ASR as functions of the position from 0 to 1. */
export function sweep(
  axis: "rank" | "initVariance",
  gap: (position: number) => number,
  success: (position: number) => number,
  { of = 5, grid = axis === "rank" ? [4, 8, 32, 64, 256] : [0.001, 0.1, 1 / 3, 1, 2], clean = (_: number): number => 0.8 } = {},
): Run[] {
  return seeds(of).flatMap((seed) =>
    grid.flatMap((x, i) => {
      const position = i / (grid.length - 1), lora = axis === "rank" ? { rank: x, alpha: x } : { initVariance: x }, noise = wobble(axis, seed, x) / 5;
      const asTarget = success(position) + noise, triggered = seen(0.9 - asTarget / 2, asTarget);
      return [
        run({ lora, seed, clean: seen(clean(position) + noise), trigger: "t", triggered: seen(0.8, 0.1), changed: { t: seen(0.8, 0.1) } }),
        run({ lora, seed, attack: "upa", poisonRate: 0.3, clean: seen(clean(position) - gap(position) - noise) }),
        run({ lora, seed, attack: "bpa", poisonRate: 0.024, clean: seen(0.8), triggered, trigger: "t", changed: { t: triggered } }),
      ];
    })
  );
}
