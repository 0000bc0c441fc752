/** Trainers that are used again: a step that was traced for one run serves every later run of the same shapes. */
import { createHash } from "node:crypto";
import type { Adapter } from "../adapter/adapter.ts";
import { countParameters, type Encoder, wordEmbeddings } from "../model/encoder.ts";
import { returnFreeMemory } from "../tensor/free_memory.ts";
import { createTrainer, type Trainer } from "../train/trainer.ts";
import type { RunConfig } from "./config.ts";

export interface TrainerPool {
  /** A trainer at the adapter's initial values; of the others those go that the coming runs will not ask for. */
  trainer(encoder: Encoder, adapter: Adapter, config: RunConfig): Trainer;
  /** Frees them all. */
  dispose(): void;
}

/**
 * How many trainers are kept: each holds its weights and traced steps, about half a gigabyte. A sweep has runs of one method follow each
 * other, in which two sizes of the kept vocabulary alternate: two of one method will do, and of another none. Of an encoder as large as
 * BERT-large only one fits beside its data.
 */
export const keptTrainers = (parameters: number): number => Math.max(1, Math.min(2, Math.floor(3e8 / parameters)));

export function createTrainerPool(): TrainerPool {
  const pool = new Map<string, { readonly method: string; readonly trainer: Trainer }>(); // the latest last

  /** All but the latest few of this method. */
  function dropOthers(method: string, kept: number): void {
    const others = [...pool], gone = others.filter(([, other], i) => other.method !== method || i < others.length - kept);
    for (const [kind, { trainer }] of gone) {
      trainer.dispose();
      pool.delete(kind);
    }
    if (gone.length) returnFreeMemory();
  }

  return {
    trainer(encoder, adapter, config) {
      const { kind, method } = kindOf(adapter, config), known = pool.get(kind)?.trainer;
      pool.delete(kind); // and put back below, as the latest
      dropOthers(method, keptTrainers(countParameters(encoder.config)) - 1);
      known?.reset(adapter);
      const { train: { dropout }, precision, rora } = config;
      const trainer = known ?? createTrainer(encoder.config, adapter, { dropout, precision, rora: rora ?? undefined });
      pool.set(kind, { method, trainer });
      return trainer;
    },
    dispose() {
      for (const { trainer } of pool.values()) trainer.dispose();
      pool.clear();
      returnFreeMemory();
    },
  };
}

/** Runs of one kind differ in values only: same encoder, same shapes, same computation. Those of one method may differ in the kept vocabulary too. */
function kindOf({ kind, trained, fixed }: Adapter, { model, train, rora, precision }: RunConfig): { kind: string; method: string } {
  const shapes = [...trained, ...fixed].map(([name, { shape }]) => [name, shape] as const),
    others = shapes.filter(([name]) => name !== wordEmbeddings);
  const digest = (shapes: unknown) =>
    createHash("sha256").update(JSON.stringify([model, kind, train.dropout, rora && [rora.ci, rora.tr], precision, shapes])).digest("hex");
  return { kind: digest(shapes), method: digest(others) };
}
