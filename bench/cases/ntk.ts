/** The empirical neural tangent kernel of 64 movie-review sentences, two class scores each, against torch.func's per-example gradients. */
import { restrictVocabulary } from "../../lib/model/vocabulary.ts";
import { formatSafetensors } from "../../lib/model/safetensors.ts";
import type { Encoder } from "../../lib/model/encoder.ts";
import { createKernels, type EncoderKernel, type Kernels } from "../../lib/ntk/encoder_kernel.ts";
import type { Contest, Stage } from "../case.ts";
import type { Side } from "../measure.ts";
import { plainModes } from "../modes.ts";
import { peerSides } from "../peer.ts";
import { adapterOf, longest, peerBatch, writeInitial } from "../steps.ts";
import { cleanRun, type MethodName, modelFolder, recipeOf } from "../workload.ts";

const examples = 64, peerChunk = 16;

/** Its token id; transformers gives its embedding no gradient. */
const padding = 0;

/** The word embeddings that the sentences use: torch.func's per-example gradients of the whole table would not fit into memory. */
export const prepare = (method: MethodName) => async ({ session, peer, steps, folder }: Stage): Promise<Contest> => {
  const config = cleanRun(method), recipe = recipeOf(config), { encoder: whole, encode } = await session.model(config.model);
  const { train } = await session.split(config.task);
  const drawn = train.slice(0, examples).map(({ text, label }) => ({ ids: encode(text, config.train.maxLength), label }))
    .toSorted((a, b) => a.ids.length - b.ids.length); // the order that both sides cut into batches
  const { encoder, map } = restrictVocabulary(whole, new Set([padding, ...drawn.flatMap(({ ids }) => [...ids])]), 1);
  const sequences = drawn.map(({ ids, label }) => ({ ids: map(ids), label }));
  const adapter = adapterOf(recipe, encoder), initial = `${folder}/initial.safetensors`;
  await writeInitial(initial, adapter);
  await writeEncoder(encoder, await modelFolder(config), folder);
  const chunks = Array.from({ length: examples / peerChunk }, (_, i) => sequences.slice(i * peerChunk, (i + 1) * peerChunk));
  const ours = ourKernels(() => createKernels({ config: encoder.config, adapter, method: recipe.method }), sequences, steps);
  const job = { kind: "ntk", model: folder, initial, chunks: chunks.map(peerBatch), method: recipe.method, head: recipe.head, timed: steps };
  return {
    title: `Kernel of ${examples} movie-review sentences by MiniLM, ${
      method === "full" ? "full fine-tuning" : "LoRA of rank 8, every linear module"
    }`,
    notes: [
      `${examples} sentences of ${sequences[0].ids.length} to ${longest(sequences)} tokens, ${encoder.config.vocabularySize} word embeddings`,
      `PyTorch: vmap of jacrev over chunks of ${peerChunk} rows of like length, then the products of the gradients, tensor by tensor`,
    ],
    agreement: { what: "first rows of the kernel (logs of the diagonal, cosines)", unit: "", values: 7, tolerance: 1e-3 },
    sides: [ours, ...peerSides(peer, plainModes.f32, job, null)],
    close: () => ours[Symbol.dispose](),
  };
};

/** Traced in block 0, warm from then on. */
function ourKernels(create: () => Kernels, sequences: Parameters<Kernels["kernel"]>[0], steps: number): Side & Disposable {
  let kernels: Kernels | null = null;
  return {
    by: "lowrank",
    mode: "f32",
    flops: null,
    async run() {
      kernels ??= create();
      const seconds: number[] = [];
      let evidence: number[] = [];
      for (let step = 0; step < steps; step++) {
        const start = performance.now(), kernel = await kernels.kernel(sequences);
        seconds.push((performance.now() - start) / 1000);
        evidence = evidenceOf(kernel);
      }
      return { seconds, evidence };
    },
    [Symbol.dispose]: () => kernels?.dispose(),
  };
}

/** Logs of the first four diagonal entries; cosines between the first of these gradients and the others. */
function evidenceOf({ total: { cols, data } }: EncoderKernel): number[] {
  const at = (a: number, b: number) => data[a * cols + b], rows = [0, 1, 2, 3];
  return [...rows.map((a) => Math.log(at(a, a))), ...rows.slice(1).map((a) => at(0, a) / Math.sqrt(at(0, 0) * at(a, a)))];
}

/** The encoder with fewer word embeddings, as transformers reads it. */
async function writeEncoder({ config, weights }: Encoder, original: string, folder: string): Promise<void> {
  const json = JSON.parse(await Deno.readTextFile(`${original}/config.json`));
  await Deno.writeTextFile(`${folder}/config.json`, JSON.stringify({ ...json, vocab_size: config.vocabularySize }));
  await Deno.writeFile(`${folder}/model.safetensors`, formatSafetensors(weights));
}
