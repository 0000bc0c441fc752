/** How a claim is decided: by runs, by runs that start from others, by studies of runs, by step times, by published numbers, or not here. Claims that theory or other claims decide need no entry. */
import type { Chain, ChainRule } from "./chains.ts";
import type { Run } from "./observe.ts";
import type { Decided, RunRule, Used } from "./outcome.ts";
import type { StepTimes } from "./step_times.ts";
import type { Verdict } from "./verdict.ts";
import type { StudyRule } from "./watched.ts";

/** What published numbers or settings, or a benchmark, say of a claim, computed from them. */
export interface Audit {
  readonly verdict: Verdict;
  readonly effect: string;
  readonly ours: string;
}

/** R-AUDIT of a statement that holds or does not; one about several things is counted. */
export const isTrue = (holds: boolean): Verdict => holds ? "reproduced" : "not reproduced";

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
    readonly from: "chains";
    readonly rule: ChainRule;
    readonly needs: string;
    readonly link: string;
    /** The half of its statistic that runs do not tell: without it, or where it opposes, the claim is no more than partly reproduced. */
    readonly studied?: {
      readonly rule: StudyRule;
      /** What it measures, in words. */
      readonly what: string;
      readonly leastSeeds: number;
    };
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
    readonly from: "benchmark";
    readonly audit: (times: StepTimes) => Audit;
    /** The benchmark, in words. */
    readonly needs: string;
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

/** A claim about other claims (R-AGG, R-COUNT over verdicts) whose rule is more than a plain aggregate. */
export interface Aggregate {
  readonly parts: readonly string[];
  /** Verdict and remarks from the parts' verdicts, in the order of `parts`; `beside`: what was looked at beside the parts. */
  combine(
    verdicts: readonly Verdict[],
    runs: readonly Run[],
    chains: readonly Chain[],
  ): { readonly verdict: Verdict; readonly beside?: Decided<Used>; readonly remarks?: readonly string[] };
}

/** Everything that decides the claims of one paper. */
export interface PaperRules {
  readonly deciders: Deciders;
  /** Claims about other claims; those with a plain list of parts need no entry: the claims' file has it. */
  readonly aggregates: Readonly<Record<string, Aggregate>>;
  /** Measurements that are told beside a verdict that rests on other things. */
  readonly told: Readonly<Record<string, StudyRule>>;
}
