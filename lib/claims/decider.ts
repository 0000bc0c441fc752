/** How a claim is decided: by runs, by studies of runs, by published numbers, or not here. Claims that theory or other claims decide need no entry. */
import type { RunRule } from "./outcome.ts";
import type { Verdict } from "./verdict.ts";
import type { StudyRule } from "./watched.ts";

/** What published numbers or settings say of a claim, computed from them. */
export interface Audit {
  readonly verdict: Verdict;
  readonly effect: string;
  readonly ours: string;
}

export type Decider =
  | {
    readonly from: "runs";
    readonly rule: RunRule;
    /** The runs it takes, in words, for a ledger without them. */
    readonly needs: string;
    /** The figure that shows them. */
    readonly link: string;
  }
  | {
    readonly from: "studies";
    readonly rule: StudyRule;
    /** The studies it takes, in words. */
    readonly needs: string;
    /** Seeds that it takes at least: one where the interval is over configurations or runs. */
    readonly leastSeeds: number;
  }
  | {
    readonly from: "published";
    readonly audit: () => Audit;
    /** The figure whose published curves say it, if one does. */
    readonly link?: string;
  }
  | {
    readonly from: "nothing";
    /** Why nothing here can decide it, or what is missing. */
    readonly why: string;
    /** `never`: no run could; `later`: with what a later edition holds; `soon`: runs of this edition that are missing. */
    readonly when: "never" | "later" | "soon";
    /** What published numbers alone say. */
    readonly published?: () => string;
  };

export type Deciders = Readonly<Record<string, Decider>>;
