/** Twins: runs that differ in their poison, and in what they are evaluated with, alone. */
import canonicalize from "canonicalize";
import type { RunConfig } from "./config.ts";

/** What twins share, as text: every setting but the attack, its variant and the evaluation. */
export function twinKey({ attack: _attack, variant: _variant, evaluate: _evaluate, ...shared }: RunConfig): string {
  return canonicalize(shared)!; // the store sorts keys, a fresh record does not
}
