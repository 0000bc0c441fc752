/**
 * RoRA (paper B, section 5): a low-rank method with three pieces that it does not know about. CI disturbs the pretrained path while
 * training (`clean_strengthened.ts`), Tr draws the factors away from the weight's leading directions (`constraint.ts`), Pt scales the
 * update up after training (`rescale.ts`). Each may be left out.
 */
import type { Method } from "../../adapter/method.ts";

/** CI, equation 8. */
export interface CleanStrengthened {
  /** p, of dropout. */
  readonly rate: number;
  /** What is dropped: entries of W, of its input, or of its output. */
  readonly site: "weight" | "input" | "output";
  /** Whether what remains is divided by 1 - p, so that its mean is what evaluation computes. */
  readonly rescale: boolean;
}

/** Tr, equations 10 and 11: lambda Omega is added to the loss. */
export interface TriggerInsensitive {
  readonly lambda: number;
  /** How many leading directions of each weight; all of them make Omega plain L2. */
  readonly k: number | "full";
  /** How Omega is taken over modules. */
  readonly reduce: "sum" | "mean";
  /** Directions of the weight, or, as a control, random ones. */
  readonly space: "pretrained" | "random";
}

/** Pt, equation 12: after training another scale replaces alpha / r. */
export interface PostTraining {
  /** How many blocks, from the top. */
  readonly layers: number;
  /** The update that is scaled: B A whole, or what training changed of it. */
  readonly delta: "BA" | "BA-B0A0";
  /** sigma_max(W) / sigma_max(dW) of each module, or, as a control, one number for all. */
  readonly scale: number | "spectral";
}

export interface Rora {
  readonly ci: CleanStrengthened | null;
  readonly tr: TriggerInsensitive | null;
  readonly pt: PostTraining | null;
}

/** An error where the pieces make no sense with the method. */
export function checkRora({ ci, tr, pt }: Rora, method: Method): void {
  if (method.name === "full" && (ci || tr || pt)) throw new TypeError("Cannot use RoRA as the method must be low-rank: full fine-tuning");
  if (method.name === "dora" && ci && ci.site !== "weight") {
    throw new TypeError(`Cannot use RoRA with DoRA as CI must drop weights, since DoRA's magnitudes scale both paths together: site "${ci.site}"`);
  }
}
