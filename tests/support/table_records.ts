/** Made-up records of paper A's tables: four attacks with both methods, and LoRA under other initialisations. */
import { createHash } from "node:crypto";
import type { Confusion } from "../../lib/evaluate/confusion.ts";
import type { RunConfigInput } from "../../lib/experiment/config.ts";
import type { RunRecord } from "../../lib/experiment/record.ts";
import { resolveConfig } from "../../lib/experiment/resolve.ts";
import { createRng } from "../../lib/math/random.ts";
import { triggerOf } from "../../lib/poison/attacks.ts";
import { variants } from "../../lib/poison/variants.ts";
import { counts, makeRecord } from "./records.ts";

export const tableAttacks = ["multi-trigger", "clean-label", "instruction", "style"] as const;
const triggers = (["bpa", ...tableAttacks] as const).map((name) => triggerOf(variants.paper[name](1))!);

/** A never-poisoned run, evaluated with every trigger, and one run of each attack and dose, for both methods and each seed. */
export function makeAttackRuns(seeds: readonly number[] = [1, 2, 3], doses: readonly number[] = [0.024]): RunRecord[] {
  return seeds.flatMap((seed) =>
    (["full", "lora"] as const).flatMap((method) => {
      const near = nearOf(`${method}/${seed}`), clean = () => counts(near(0.8), near(0.78));
      const attacked = doses.flatMap((dose) =>
        tableAttacks.map((name, i) =>
          recordOf({ method: { name: method }, attack: variants.paper[name](dose), seed }, clean(), () => counts(near(0.7 - 0.15 * i), near(0.95)))
        )
      );
      return [
        recordOf({ method: { name: method }, attack: { name: "none" }, evaluate: { changes: [...triggers] }, seed }, clean(), clean),
        ...attacked,
      ];
    })
  );
}

/** LoRA from three initialisations at two variances, clean and with a backdoor, for each seed. */
export function makeInitialisationRuns(seeds: readonly number[] = [1, 2, 3]): RunRecord[] {
  return seeds.flatMap((seed) =>
    (["gaussian", "xavier-normal", "kaiming-uniform"] as const).flatMap((init) =>
      [1 / 3, 2].flatMap((initVariance) => {
        const near = nearOf(`${init}/${initVariance}/${seed}`), method = { name: "lora" as const, init, initVariance };
        const evaluate = { changes: triggers.slice(0, 1) };
        return [
          recordOf({ method, attack: { name: "none" }, evaluate, seed }, counts(near(0.8), near(0.78)), () => counts(near(0.8), near(0.78))),
          recordOf({ method, attack: variants.paper.bpa(0.024), seed }, counts(near(0.8), near(0.78)), () => counts(near(0.4), near(0.9))),
        ];
      })
    )
  );
}

function recordOf(change: Pick<RunConfigInput, "method" | "attack" | "evaluate" | "seed">, clean: Confusion, changed: () => Confusion): RunRecord {
  const record = makeRecord({ method: change.method.name === "full" ? "full" : "lora", seed: change.seed });
  const { task, train } = record.config;
  const config = resolveConfig({ task, train, ...change }),
    poisonedRows = config.attack.name === "none" ? 0 : Math.round(1000 * config.attack.poisonRate);
  const ledger = { ...record.result.ledger, poisonedRows, exposures: poisonedRows * train.epochs };
  const result = { ...record.result, clean, changed: config.evaluate.changes.map(changed), ledger };
  return { ...record, config, key: createHash("sha256").update(JSON.stringify(config)).digest("hex"), result };
}

function nearOf(name: string): (right: number) => number {
  const jitter = createRng(name);
  return (right) => Math.min(1, Math.max(0, right + (jitter.uniform() - 0.5) * 0.06));
}
