/** The name of a run: equal key, equal numbers. */
import { createHash } from "node:crypto";
import canonicalize from "canonicalize";
import { RunConfig } from "./config.ts";
import { withoutDefaults } from "./schema_walk.ts";

/**
 * The version of the code that turns a config into numbers. Raise it with every change after which the same config, data and
 * weights give other bytes in `RunRecord.result`: a new random stream, another order of rows or operations, a repaired loss, another
 * default in the schema. Not for speed, messages or provenance. Raising it makes every stored run stale, so it is raised once per change, not once per commit.
 */
export const RECIPE = "3";

/** What a run reads besides its config, by SHA-256 in hex. */
export interface InputDigests {
  /** The verified data source file. */
  readonly data: string;
  /** The verified weights file of the pretrained model. */
  readonly weights: string;
  /** The key of the run that this one starts from, where there is one: its data and its own digests are in it. */
  readonly start?: string;
  /** What its defences read, where that is not pinned: published versions of the test rows, models of the reader's own. */
  readonly versions?: string;
}

/**
 * SHA-256 (64 hex digits) of the canonical JSON (RFC 8785) of a resolved config, the digests of its inputs and the recipe. Fields that
 * hold their default are left out, so that a new field whose default is what runs did before leaves their keys as they are.
 */
export function runKey(config: RunConfig, { data, weights, start, versions }: InputDigests, recipe = RECIPE): string {
  const said = withoutDefaults(RunConfig, config);
  return createHash("sha256").update(canonicalize({ config: said, digests: { data, weights, start, versions, recipe } })!).digest("hex");
}
