/** Twins: runs that differ in their poison, and in what they are evaluated with, alone. */
import canonicalize from "canonicalize";
import type { RunConfig, Stage } from "./config.ts";

/** What twins share, as text: every setting but the attack, its variant and the evaluation, here and in the run that they start from. */
export function twinKey({ start, ...run }: RunConfig): string {
  return canonicalize({ ...unpoisoned(run), start: start && { ...start, run: unpoisoned(start.run) } })!; // the store sorts keys, a fresh record does not
}

const unpoisoned = ({ attack: _attack, variant: _variant, evaluate: _evaluate, ...shared }: Stage) => shared;
