/** What every defence is once its component is loaded. */
import type { AssetOptions } from "../assets/manifest.ts";

export interface DefenderOptions {
  /** How the component's files are found or downloaded. */
  readonly assets?: AssetOptions;
}

export type DefenceProgress = (progress: { readonly done: number; readonly total: number }) => void;

export interface Defender {
  /** The texts as a model shall read them, in their order. Nothing is drawn: the same text always comes out the same. */
  purify(texts: readonly string[], onProgress?: DefenceProgress): Promise<readonly string[]>;
  /** Name and version of the real model or tool behind it. */
  readonly component: string;
  dispose(): void;
}
