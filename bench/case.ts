/** What a case is to the runner: a name, defaults and an aim, and sides to time once it is prepared. */
import type { Session } from "../lib/experiment/session.ts";
import type { Precision } from "../lib/tensor/precision.ts";
import type { Agreement } from "./agreement.ts";
import type { Aim } from "./aims.ts";
import type { Side } from "./measure.ts";
import type { PeerProcess } from "./peer.ts";

export interface BenchCase {
  readonly name: string;
  /** What is timed, in a few words. */
  readonly work: string;
  /** What a time is of: "step". */
  readonly unit: string;
  readonly precision: Precision;
  readonly aim: Aim;
  /** Timed blocks and, of each, steps (of a run, where the unit is larger than a step), unless the options say otherwise. */
  readonly blocks: number;
  readonly steps: number;
  /** Whether it runs unasked. */
  readonly standing: boolean;
  /** Loads the case's own file, which may be heavy. */
  load(): Promise<Prepare>;
}

export type Prepare = (stage: Stage) => Promise<Contest>;

/** What a case may use; all of it is the runner's to close. */
export interface Stage {
  readonly session: Session;
  /** Of each side. */
  readonly threads: number;
  readonly precision: Precision;
  readonly steps: number;
  /** The case's own, empty, removed afterwards. */
  readonly folder: string;
  /** The process that runs PyTorch's jobs; null without PyTorch. */
  readonly peer: PeerProcess | null;
  /** The Python that has PyTorch; null without. */
  readonly python: string | null;
}

export interface Contest {
  /** One line for the heading of the table. */
  readonly title: string;
  /** What a reader must know to judge the numbers, a line each. */
  readonly notes: readonly string[];
  readonly agreement: Agreement;
  readonly sides: readonly Side[];
  close?(): void;
}
