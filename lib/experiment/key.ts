/** The name of a run: equal key, equal numbers. */
import { createHash } from "node:crypto";
import canonicalize from "canonicalize";
import type { RunConfig } from "./config.ts";

/**
 * The version of the code that turns a config into numbers. Raise it with every change after which the same config, data and
 * weights give other bytes in `RunRecord.result`: a new random stream, another order of rows or operations, a repaired loss. Not for
 * speed, messages or provenance. Raising it makes every stored run stale, so it is raised once per change, not once per commit.
 */
export const RECIPE = "2";

/** What a run reads besides its config, by SHA-256 in hex. */
export interface InputDigests {
  /** The verified data source file. */
  readonly data: string;
  /** The verified weights file of the pretrained model. */
  readonly weights: string;
}

/** SHA-256 (64 hex digits) of the canonical JSON (RFC 8785) of a resolved config, the digests of its inputs and the recipe. */
export function runKey(config: RunConfig, { data, weights }: InputDigests, recipe = RECIPE): string {
  return createHash("sha256").update(canonicalize({ config, digests: { data, weights, recipe } })!).digest("hex");
}
