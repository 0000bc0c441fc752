/**
 * One epoch of the quick profile's movie reviews with the evaluation of its test rows: `executeRun`, which makes each record, against
 * transformers' Trainer with PEFT.
 */
import { metricsOf } from "../../lib/evaluate/metrics.ts";
import type { RunConfig } from "../../lib/experiment/config.ts";
import { executeRun } from "../../lib/experiment/execute.ts";
import { prepareRun } from "../../lib/experiment/prepare.ts";
import { createSession, type Session } from "../../lib/experiment/session.ts";
import { createRng } from "../../lib/math/random.ts";
import type { Sequence } from "../../lib/tokens/batch.ts";
import type { Contest, Stage } from "../case.ts";
import type { Outcome, Side } from "../measure.ts";
import { type Job, peerSides } from "../peer.ts";
import { cleanRun, modelFolder } from "../workload.ts";

export async function prepare({ session, threads, peer, steps, folder }: Stage): Promise<Contest> {
  const clean = cleanRun("lora"), { task, train, method } = clean;
  const config = { ...clean, task: { ...task, trainRows: Math.min(task.trainRows, steps * train.batchSize) } };
  const rows = await tokenise(session, config);
  const job = (most: number): Job => ({
    kind: "epoch",
    model: "",
    folder: `${folder}/trainer`,
    train: rows.train.slice(0, most).map(peerRow),
    test: rows.clean.slice(0, most).map(peerRow),
    method,
    batchSize: train.batchSize,
    learningRate: train.learningRate,
  });
  const model = await modelFolder(config);
  let fresh: Session | undefined;
  return {
    title: "One epoch by LoRA of MiniLM with evaluation, from tokenised rows and a loaded model to the accuracy",
    notes: [
      `${rows.train.length} training rows in batches of ${train.batchSize}, ${rows.clean.length} test rows; ours with everything that makes a record`,
      "PyTorch: transformers' Trainer with PEFT at their defaults, given rows, batch size, learning rate, rank, adapted modules and no dropout",
    ],
    // Batch order, initial draws and learning-rate schedule are each side's own: the accuracies tell only that both have learned.
    agreement: { what: "accuracies", unit: "", values: 1, tolerance: 0.1 },
    sides: [
      ourEpoch("traced anew, XLA's kernels warm", config, folder, async () => {
        fresh?.dispose();
        fresh = createSession({ threads });
        await tokenise(fresh, config); // not counted, as for PyTorch
        return fresh;
      }),
      ourEpoch("traces warm, as in a sweep", config, folder, () => Promise.resolve(session)),
      ...peerSides(peer, ["Trainer"], { ...job(Infinity), model }, null, { ...job(2 * train.batchSize), model }),
    ],
  };
}

function ourEpoch(mode: string, config: RunConfig, folder: string, sessionFor: () => Promise<Session>): Side {
  return {
    by: "lowrank",
    mode,
    flops: null,
    async run(): Promise<Outcome> {
      const session = await sessionFor(), checkpointFolder = await Deno.makeTempDir({ dir: folder }); // its own, or a run would go on from the last one's
      const context = {
        key: "0".repeat(64),
        digests: { data: "", weights: "" },
        checkpointFolder,
        onProgress() {},
        signal: new AbortController().signal,
      };
      const start = performance.now();
      const { result } = await executeRun(session, config, context);
      return { seconds: [(performance.now() - start) / 1000], evidence: [metricsOf(result.clean).accuracy] };
    },
  };
}

/** The rows as token sequences; the session remembers the encodings. */
async function tokenise(session: Session, config: RunConfig) {
  const { encode } = await session.model(config.model);
  return prepareRun(config, await session.split(config.task), encode, createRng(config.seed));
}

const peerRow = ({ ids, label }: Sequence) => ({ ids: [...ids], label });
