/** Who decides the claims of which paper. */
import type { Paper } from "../experiment/experiments.ts";
import { paperOf } from "./claim.ts";
import type { PaperRules } from "./decider.ts";
import { aggregates as aggregatesA } from "./paper_a/aggregates.ts";
import { deciders as decidersA } from "./paper_a/deciders.ts";
import { told as toldA } from "./paper_a/studies.ts";
import { aggregates as aggregatesB } from "./paper_b/aggregates.ts";
import { deciders as decidersB } from "./paper_b/deciders.ts";
import { told as toldB } from "./paper_b/projection.ts";

export const rules: Readonly<Record<Paper, PaperRules>> = {
  a: { deciders: decidersA, aggregates: aggregatesA, told: toldA },
  b: { deciders: decidersB, aggregates: aggregatesB, told: toldB },
};

/** The rules of the paper that a claim is of. */
export const rulesFor = (id: string): PaperRules => rules[paperOf(id)];
