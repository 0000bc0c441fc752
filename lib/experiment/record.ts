/** RunRecord: what one run leaves behind. `result` is a function of the config (same config, same bytes); `provenance` is not. */
import type { Confusion } from "../evaluate/confusion.ts";
import type { RunConfig } from "./config.ts";

export interface RunResult {
  /** Confusion counts on the held-out rows as they are. */
  readonly clean: Confusion;
  /** Confusion counts on the held-out rows with each of the config's changes on every row (`evaluate.changes`, in its order), true labels. */
  readonly changed: readonly Confusion[];
  readonly ledger: {
    /** Rows that teach what the attack is after: the changed rows, without the negatives of a multi-word trigger. */
    readonly poisonedRows: number;
    readonly relabelledRows: number;
    /** poisonedRows x epochs: how often training met a poisoned row. */
    readonly exposures: number;
    /** Numbers of the changed rows, in the order of the training rows; data-set texts stay out of records. */
    readonly rows: readonly number[];
    readonly relabelled: readonly number[];
    /** SHA-256 over the changed rows with their texts and labels before and after. */
    readonly digest: string;
  };
  readonly history: {
    readonly steps: number;
    /** Mean training loss (nats) of each epoch. */
    readonly epochLoss: readonly number[];
    /** Loss (nats) of every step. */
    readonly stepLoss: readonly number[];
  };
  readonly trainableParameters: number;
  /** SHA-256 over the trained tensors, in name order. */
  readonly weightsDigest: string;
}

export interface Provenance {
  readonly finishedAt: string; // ISO 8601
  readonly commit: string | null;
  readonly versions: Readonly<Record<string, string>>;
  readonly platform: string;
  readonly cpu: string;
  readonly threads: number;
  readonly seconds: { readonly train: number; readonly evaluate: number; readonly total: number };
  readonly peakMemoryBytes: number;
  readonly resumed: number;
}

export interface RunRecord {
  readonly schema: 1;
  readonly key: string;
  readonly config: RunConfig;
  readonly digests: { readonly data: string; readonly weights: string; readonly recipe: string };
  readonly result: RunResult;
  readonly provenance: Provenance;
}
