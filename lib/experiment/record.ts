/** RunRecord: what one run leaves behind. `result` is a function of the config (same config, same bytes); `provenance` is not. */
import type { Confusion } from "../evaluate/confusion.ts";
import type { RunConfig } from "./config.ts";
import type { InputDigests } from "./key.ts";
import type { HeadMargins, NetworkMargins } from "./margins.ts";
import type { ReadSentence } from "./sentences.ts";

/** Confusion counts on the held-out rows. */
export interface Counts {
  /** As they are. */
  readonly clean: Confusion;
  /** With each of the config's changes on every row (`evaluate.changes`, in its order), true labels. */
  readonly changed: readonly Confusion[];
}

/** An adapted module's update beside its pretrained weight W. */
export interface ModuleSpectrum {
  readonly module: string;
  /** Largest singular value of W. */
  readonly pretrained: number;
  /** Of B A as training left it, without s; of what training changed of it where it does not start at 0 (PiSSA, OLoRA). */
  readonly update: number;
  /** s = alpha / rank. */
  readonly scale: number;
  /** Largest |cosine| of the update's leading left singular vector with W's first 32; null where the update is zero. */
  readonly left: number | null;
  /** The same on the right. */
  readonly right: number | null;
}

export interface RunResult extends Counts {
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
    /** With `train.checkpoint`: accuracy on the validation rows after each epoch, and the epoch (from 0) whose weights are left. */
    readonly best?: { readonly epoch: number; readonly scores: readonly number[] };
  };
  readonly trainableParameters: number;
  /** SHA-256 over the trained tensors, in name order. */
  readonly weightsDigest: string;
  /** SHA-256 over the encoder and classifier that the run started from, where another run handed them on. */
  readonly startDigest?: string;
  /** The scale that RoRA's rescaling gave each module, in place of s. */
  readonly rescaled?: Readonly<Record<string, number>>;
  /** With each of `evaluate.scales` in place of s. */
  readonly atScales?: readonly ({ readonly scale: number } & Counts)[];
  /** With `evaluate.defended`, on so many of the held-out rows: as they are, and behind each defence, in its order. */
  readonly defended?: { readonly undefended: Counts; readonly by: readonly Counts[] };
  /** With `evaluate.sentences`. */
  readonly sentences?: readonly ReadSentence[];
  /** With `evaluate.margins`, before any rescaling: Proposition 4.2 on the classifier, and through the network for low-rank methods. */
  readonly head?: HeadMargins;
  readonly network?: NetworkMargins;
  /** With `evaluate.spectra`: before any rescaling. */
  readonly spectra?: readonly ModuleSpectrum[];
}

export interface Provenance {
  readonly finishedAt: string; // ISO 8601
  readonly commit: string | null;
  readonly versions: Readonly<Record<string, string>>;
  readonly platform: string;
  readonly cpu: string;
  readonly threads: number;
  readonly seconds: { readonly train: number; readonly evaluate: number; readonly total: number };
  /** What stood behind each of `evaluate.defended.by`, by name and version, and how long it takes over a text. Older records lack it. */
  readonly defences?: readonly { readonly component: string; readonly secondsPerText: number }[];
  readonly peakMemoryBytes: number;
  readonly resumed: number;
}

export interface RunRecord {
  readonly schema: 1;
  readonly key: string;
  readonly config: RunConfig;
  readonly digests: InputDigests & { readonly recipe: string };
  readonly result: RunResult;
  readonly provenance: Provenance;
}
