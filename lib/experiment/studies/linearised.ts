/**
 * The trained model's first-order expansion at its start, f(theta_0) + J (theta_T - theta_0): the derivative along the displacement by
 * central differences. It says how linear the way was that training took, not where training of a linear model would have ended.
 */
import type { Adapter } from "../../adapter/adapter.ts";
import type { StoredTensor } from "../../model/safetensors.ts";
import type { Sequence } from "../../tokens/batch.ts";
import type { Trainer } from "../../train/trainer.ts";
import { scoresAt } from "./scores.ts";

/** Share of the displacement on either side: rounding costs about 1e-7 / share, the third order share^2. */
const share = 0.02;

/** Class scores [n, c] of the expansion. The trainer is left at its start. */
export async function linearisedScores(
  trainer: Trainer,
  adapter: Adapter,
  weights: ReadonlyMap<string, StoredTensor>,
  sequences: readonly Sequence[],
): Promise<Float64Array> {
  const at = async (step: number) => {
    const moved = [...adapter.trained].map(([name, { shape, data }]): [string, StoredTensor] => {
      const end = weights.get(name)!.data;
      return [name, { shape, data: data.map((x, i) => x + step * (end[i] - x)) }];
    });
    trainer.reset({ ...adapter, trained: new Map(moved) });
    return await scoresAt(trainer, sequences);
  };
  const [ahead, behind, start] = [await at(share), await at(-share), await at(0)];
  return start.map((score, i) => score + (ahead[i] - behind[i]) / (2 * share));
}
