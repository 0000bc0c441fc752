/**
 * CI, clean-strengthened training (paper B, equation 8): Dropout_p(W) + s B A instead of W + s B A, while training only. The paper's
 * equation drops entries of W, its text activations: `site` says which. With rescaling the noise has p / (1 - p) of the energy of what it
 * disturbs.
 */
import type { Lookup, Training } from "../../adapter/adapter.ts";
import { tf } from "../../tensor/tf.ts";
import type { CleanStrengthened } from "./rora.ts";

/**
 * The adapted modules' weights with entries dropped, by name: one mask a step, the same for every row of the batch. The method reads them
 * in place of the weights and does not know. PiSSA and OLoRA drop from what their factors left of W; DoRA takes the lengths of its rows
 * from the dropped weight, as it takes everything.
 * @param drop with rescaling, by a mask of its own for each module
 */
export function droppedWeights(
  ci: CleanStrengthened | null,
  modules: readonly string[],
  get: Lookup,
  drop: Training["drop"],
): Map<string, tf.Tensor> {
  if (ci?.site !== "weight") return new Map();
  return new Map(modules.map((name) => [`${name}.weight`, dropOf(ci, drop)(get(`${name}.weight`))]));
}

/** What stands for x -> W x: entries of x dropped before, or of W x after. Left out where CI drops weights, or nothing. */
export function droppedPath(ci: CleanStrengthened | null, drop: Training["drop"]): Training["pretrained"] {
  if (!ci || ci.site === "weight") return undefined;
  const dropped = dropOf(ci, drop);
  return ci.site === "input" ? (x, multiply) => multiply(dropped(x)) : (x, multiply) => dropped(multiply(x));
}

function dropOf({ rate, rescale }: CleanStrengthened, drop: Training["drop"]): (x: tf.Tensor) => tf.Tensor {
  return rescale ? (x) => drop(x, rate) : (x) => tf.mul(drop(x, rate), 1 - rate);
}
