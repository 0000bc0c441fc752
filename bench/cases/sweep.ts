/** Eight LoRA runs with batches of 8, the paper's: `sweep()` with an executor and a store of its own, against PEFT runs one after the other. */
import { createAdapter } from "../../lib/adapter/create.ts";
import type { RunConfig } from "../../lib/experiment/config.ts";
import { createExecutor } from "../../lib/experiment/execute.ts";
import { evaluationBatch } from "../../lib/experiment/predictions.ts";
import { createDigests } from "../../lib/experiment/inputs.ts";
import { prepareRun } from "../../lib/experiment/prepare.ts";
import { createSession, type Session } from "../../lib/experiment/session.ts";
import { openStore } from "../../lib/experiment/store.ts";
import { sweep } from "../../lib/experiment/sweep.ts";
import { createRng } from "../../lib/math/random.ts";
import { restrictVocabulary } from "../../lib/model/vocabulary.ts";
import { evaluationBatches, trainingBatches } from "../../lib/tokens/batching.ts";
import type { Sequence } from "../../lib/tokens/batch.ts";
import { comparedSteps, lossAgreement } from "../agreement.ts";
import type { Contest, Stage } from "../case.ts";
import { bf16Notes } from "../hardware.ts";
import type { Side } from "../measure.ts";
import { plainModes } from "../modes.ts";
import { peerSides } from "../peer.ts";
import { classes, peerBatch, writeInitial } from "../steps.ts";
import { cleanRun, modelFolder, recipeOf } from "../workload.ts";

const runs = 8, batchSize = 8, testRows = 200;

export async function prepare({ session, threads, peer, precision, steps, folder }: Stage): Promise<Contest> {
  const configs = Array.from({ length: runs }, (_, i): RunConfig => {
    const config = cleanRun("lora", i + 1);
    const task = { ...config.task, trainRows: steps * batchSize, testRows };
    return { ...config, precision, task, train: { ...config.train, batchSize, learningRate: 2e-4 } };
  });
  const peerRuns = await Promise.all(configs.map((config, i) => peerRun(session, config, `${folder}/initial-${i}.safetensors`)));
  const { seed: _, ...recipe } = recipeOf(configs[0]);
  const job = { kind: "runs", model: await modelFolder(configs[0]), ...recipe, runs: peerRuns, evaluation: peerRuns[0].evaluation };
  return {
    title: `${runs} LoRA runs of MiniLM with batches of ${batchSize}, from a loaded library to ${runs} evaluated models`,
    notes: [
      `A run: ${
        steps * batchSize
      } training rows, ${testRows} test rows. Ours loads and tokenises, traces anew (XLA's kernels are there from block 0) and keeps a record of each run`,
      "PyTorch gets our batches as numbers and makes a model for each run",
      ...bf16Notes(precision),
    ],
    agreement: { ...lossAgreement(precision), what: `losses of each run's first ${comparedSteps} steps`, values: runs * comparedSteps },
    sides: [ourSweep(configs, precision, threads, folder), ...peerSides(peer, plainModes[precision], job, null)],
  };
}

function ourSweep(configs: readonly RunConfig[], mode: string, threads: number, folder: string): Side {
  return {
    by: "lowrank",
    mode,
    flops: null,
    async run() {
      const outputs = await Deno.makeTempDir({ dir: folder }), start = performance.now(); // its own: what is in a store is not run again
      const session = createSession({ threads });
      const { records, failed } = await sweep({
        configs,
        store: await openStore(outputs),
        execute: createExecutor(session),
        digestsOf: createDigests(),
      });
      if (failed.length) throw failed[0].error;
      const seconds = [(performance.now() - start) / 1000];
      session.dispose();
      return { seconds, evidence: records.flatMap(({ result }) => result.history.stepLoss.slice(0, comparedSteps)) };
    },
  };
}

/** The same run as numbers: its batches in their order, its initial values in a file. */
async function peerRun(session: Session, config: RunConfig, initial: string) {
  const rng = createRng(config.seed), { encoder, encode } = await session.model(config.model);
  const { train, clean, usedIds } = prepareRun(config, await session.split(config.task), encode, rng);
  await writeInitial(initial, createAdapter(config.method, restrictVocabulary(encoder, usedIds).encoder, { classes, head: config.head }, rng));
  const rowsOf = (sequences: readonly Sequence[], batches: readonly { rows: Int32Array }[]) =>
    batches.map(({ rows }) => peerBatch([...rows].filter((row) => row >= 0).map((row) => sequences[row])));
  return {
    initial,
    batches: rowsOf(train, trainingBatches(train, { batchSize, rng: rng.fork("order").fork(0) })),
    evaluation: rowsOf(clean, evaluationBatches(clean, { batchSize: evaluationBatch })),
  };
}
