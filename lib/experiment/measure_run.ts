/** Everything that a trained run is measured by: predictions, counted, and what explains them. */
import type { Adapter } from "../adapter/adapter.ts";
import { scaleOf } from "../adapter/method.ts";
import type { Encoder } from "../model/encoder.ts";
import { isTrigger } from "../poison/change.ts";
import type { Sequence } from "../tokens/batch.ts";
import type { Trainer } from "../train/trainer.ts";
import { atScale, leftBehind } from "./adapted.ts";
import type { RunConfig } from "./config.ts";
import { headMargins, networkMargins, otherRows, outputsOn } from "./margins.ts";
import { confusionAt } from "./predictions.ts";
import type { Prepared } from "./prepare.ts";
import type { Counts, RunResult } from "./record.ts";
import { readSentences } from "./sentences.ts";
import { spectraOf } from "./spectra.ts";

type Measured = Pick<RunResult, "clean" | "changed" | "rescaled" | "atScales" | "defended" | "sentences" | "spectra" | "head" | "network">;

export interface TrainedRun {
  readonly config: RunConfig;
  /** The one that the run started from, with the rows of the word embeddings that its texts use. */
  readonly encoder: Encoder;
  /** At its start, and as training left it. */
  readonly adapter: Adapter;
  readonly trained: Adapter;
  /** Stands at `trained`; afterwards it stands anywhere. */
  readonly trainer: Trainer;
  readonly prepared: Pick<Prepared, "clean" | "changed" | "defended" | "sentences">;
}

/** What a run leaves (rescaled, where RoRA says so), and what was measured of it. */
export async function measureRun(run: TrainedRun): Promise<{ left: Adapter; measured: Measured }> {
  const { config, encoder, trained, trainer, prepared } = run, { adapter: left, scales } = leftBehind(config, encoder, trained);
  const countsOn = async (sets: readonly (readonly Sequence[])[]): Promise<Counts> => {
    const [clean, ...changed] = await Array.fromAsync(sets, (rows) => confusionAt(trainer, rows));
    return { clean, changed };
  };
  if (scales) trainer.reset(left);
  const heldOut = [prepared.clean, ...prepared.changed], counts = await countsOn(heldOut);
  const [undefended, ...by] = await Array.fromAsync(prepared.defended, countsOn);
  const sentences = await readSentences(trainer, prepared.sentences, config.evaluate.targetLabel), explained = await marginsOf(run);
  const atScales: ({ scale: number } & Counts)[] = [];
  for (const scale of config.evaluate.scales) {
    trainer.reset(atScale(config, encoder, trained, scale));
    atScales.push({ scale, ...await countsOn(heldOut) });
  }
  const measured = {
    ...counts,
    ...scales ? { rescaled: Object.fromEntries(scales) } : {},
    ...atScales.length ? { atScales } : {},
    ...sentences.length ? { sentences } : {},
    ...undefended ? { defended: { undefended, by } } : {},
    ...config.evaluate.spectra ? { spectra: spectraOf(config, encoder, trained) } : {},
    ...explained,
  };
  return { left, measured };
}

/** Before any rescaling. */
async function marginsOf({ config, encoder, adapter, trained, trainer, prepared }: TrainedRun): Promise<Pick<Measured, "head" | "network">> {
  const { method, evaluate: { margins, changes, targetLabel, scales } } = config;
  if (!margins) return {};
  const rows = [prepared.clean, prepared.changed[changes.findIndex(isTrigger)]].map((set) => otherRows(set, targetLabel));
  const outputsOf = async (state: Adapter) => {
    trainer.reset(state);
    return [await outputsOn(trainer, rows[0], targetLabel), await outputsOn(trainer, rows[1], targetLabel)] as const;
  };
  const found = await outputsOf(trained), labels = rows[0].map(({ label }) => label);
  const head = headMargins(adapter.trained, trained.trained, labels, targetLabel, ...found);
  if (method.name === "full") return { head };
  const without = await outputsOf(atScale(config, encoder, trained, 0));
  return { head, network: networkMargins(without, found, scaleOf(method), scales) };
}
