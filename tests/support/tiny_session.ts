/** A session with the tiny encoder and made-up texts: whole runs and studies in a second. */
import type { Example } from "../../lib/data/dataset.ts";
import type { RunConfigInput } from "../../lib/experiment/config.ts";
import type { Session } from "../../lib/experiment/session.ts";
import { createRng } from "../../lib/math/random.ts";
import type { Encoder } from "../../lib/model/encoder.ts";
import { createTrainer, type Trainer } from "../../lib/train/trainer.ts";
import { tinyEncoder } from "./golden.ts";

/** Rows of three to eight words, which one batch shape holds (each is traced anew); the label is whether the first word's number is even. */
function rows(n: number, name: string): Example[] {
  const rng = createRng(name);
  return Array.from({ length: n }, (_, id) => {
    const words = Array.from({ length: 3 + rng.integer(6) }, () => rng.integer(40));
    return { id, text: words.map((word) => `w${word}`).join(" "), label: 1 - words[0] % 2 };
  });
}

/** Word i is token 2 + i; the trigger is token 45. */
function encode(text: string, maxLength: number): Int32Array {
  const ids = text.split(" ").map((word) => word.startsWith("w") ? 2 + Number(word.slice(1)) : 45);
  return Int32Array.from([1, ...ids, 1].slice(0, maxLength));
}

/** Trainers of one kind are traced once and reset, as in a real session. */
export function tinySession(encoder: Encoder = tinyEncoder()): Session {
  const trainers = new Map<string, Trainer>();
  return {
    split: ({ trainRows, validationRows, testRows }) =>
      Promise.resolve({ train: rows(trainRows, "train"), validation: rows(validationRows, "validation"), test: rows(testRows, "test") }),
    row: (_, id) => Promise.resolve(rows(id + 1, "train")[id]),
    model: () => Promise.resolve({ encoder, encode }),
    /** A defence that knows words from triggers. */
    purify: (_, texts) =>
      Promise.resolve({
        texts: texts.map((text) => text.split(" ").filter((word) => word.startsWith("w")).join(" ")),
        component: "words from triggers 1",
        secondsPerText: 0.5,
      }),
    trainer(restricted, adapter, { train, rora, precision }) {
      const kind = JSON.stringify([adapter.kind, [...adapter.trained.keys()], [...adapter.fixed.keys()], train.dropout, rora, precision]);
      const trainer = trainers.get(kind) ?? createTrainer(restricted.config, adapter, { dropout: train.dropout, precision, rora: rora ?? undefined });
      trainers.set(kind, trainer);
      trainer.reset(adapter);
      return Promise.resolve(trainer);
    },
    dispose: () => trainers.forEach((trainer) => trainer.dispose()),
    versions: Promise.resolve({ tensorflow: "test", threads: 2 }),
  };
}

/** A run of ten steps over 40 rows, with a backdoor unless changed. */
export const tinyRun = (change: Partial<RunConfigInput> = {}): RunConfigInput => ({
  task: { trainRows: 40, validationRows: 4, testRows: 30 },
  attack: { name: "bpa", poisonRate: 0.25 },
  method: { name: "lora", rank: 3, alpha: 6 },
  train: { epochs: 2, batchSize: 8, learningRate: 5e-3, schedule: "linear", warmup: 0.1, maxLength: 24 },
  seed: 1,
  ...change,
});
