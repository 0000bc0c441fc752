/** The goldens of a causal language model, made from a GGUF file. */
import { root } from "./modules.ts";

export interface GoldenWeight {
  readonly norm: number;
  /** The last entries. */
  readonly values: number[];
}

export interface GoldenLlama {
  readonly sha256: Record<string, string>;
  readonly weights: Record<string, GoldenWeight>;
  readonly deviation: number;
  readonly cases: { readonly ids: number[]; readonly logProbs: number[] }[];
}

export interface GoldenSmolLm {
  readonly sha256: Record<string, string>;
  readonly weights: Record<string, GoldenWeight>;
  readonly deviation: number;
  readonly tokens: { readonly text: string; readonly ids: number[] }[];
  readonly sentences: { readonly text: string; readonly ids: number[]; readonly logProbs: number[] }[];
}

export const tinyLlamaFile = `${root}tests/golden/tiny-llama.gguf`;
export const goldenLlama = (): GoldenLlama => JSON.parse(Deno.readTextFileSync(`${root}tests/golden/llama.json`));
export const goldenSmolLm = (): GoldenSmolLm => JSON.parse(Deno.readTextFileSync(`${root}tests/golden/smollm2.json`));

/** exp(-mean log-probability); NaN where there is none. */
export function perplexityOf(logProbs: readonly number[]): number {
  return Math.exp(-logProbs.reduce((sum, x) => sum + x, 0) / logProbs.length);
}
