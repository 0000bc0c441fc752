/** Everything that a trained run is measured by: predictions, counted, and what explains them. */
import type { Adapter } from "../adapter/adapter.ts";
import { scaleOf } from "../adapter/method.ts";
import type { Output } from "../evaluate/predict.ts";
import type { Encoder } from "../model/encoder.ts";
import { isTrigger } from "../poison/change.ts";
import type { Sequence } from "../tokens/batch.ts";
import type { Trainer } from "../train/trainer.ts";
import { atScale, leftBehind } from "./adapted.ts";
import type { RunConfig } from "./config.ts";
import { headMargins, networkMargins, otherOutputs, otherRows } from "./margins.ts";
import { countOutputs, outputsAt } from "./predictions.ts";
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
  const outputsOn = (sets: readonly (readonly Sequence[])[]) => Array.fromAsync(sets, (rows) => outputsAt(trainer, rows));
  const countsOf = (sets: readonly (readonly Sequence[])[], outputs: readonly (readonly Output[])[]): Counts => {
    const [clean, ...changed] = sets.map((rows, i) => countOutputs(rows, outputs[i]));
    return { clean, changed };
  };
  const countsOn = async (sets: readonly (readonly Sequence[])[]) => countsOf(sets, await outputsOn(sets));
  if (scales) trainer.reset(left);
  const heldOut = [prepared.clean, ...prepared.changed], outputs = await outputsOn(heldOut);
  const [undefended, ...by] = await Array.fromAsync(prepared.defended, countsOn);
  const sentences = await readSentences(trainer, prepared.sentences, config.evaluate.targetLabel);
  const explained = await marginsOf(run, scales ? null : outputs);
  const atScales: ({ scale: number } & Counts)[] = [];
  for (const scale of config.evaluate.scales) {
    trainer.reset(atScale(config, encoder, trained, scale));
    atScales.push({ scale, ...await countsOn(heldOut) });
  }
  const measured = {
    ...countsOf(heldOut, outputs),
    ...scales ? { rescaled: Object.fromEntries(scales) } : {},
    ...atScales.length ? { atScales } : {},
    ...sentences.length ? { sentences } : {},
    ...undefended ? { defended: { undefended, by } } : {},
    ...config.evaluate.spectra ? { spectra: spectraOf(config, encoder, trained) } : {},
    ...explained,
  };
  return { left, measured };
}

/**
 * Before any rescaling.
 * @param outputs for the held-out rows where training ended, in `prepared`'s order, if they are known
 */
async function marginsOf(
  { config, encoder, adapter, trained, trainer, prepared }: TrainedRun,
  outputs: readonly (readonly Output[])[] | null,
): Promise<Pick<Measured, "head" | "network">> {
  const { method, evaluate: { margins, sufficientScale, changes, targetLabel, scales } } = config;
  if (!margins) return {};
  const trigger = changes.findIndex(isTrigger), sets = [prepared.clean, prepared.changed[trigger]];
  const rows = sets.map((set) => otherRows(set, targetLabel)), labels = rows[0].map(({ label }) => label);
  const read = async (state: Adapter) => {
    trainer.reset(state);
    const [clean, triggered] = await Array.fromAsync(rows, (own) => outputsAt(trainer, own));
    return [otherOutputs(rows[0], clean, targetLabel), otherOutputs(rows[1], triggered, targetLabel)] as const;
  };
  const known = outputs && [otherOutputs(sets[0], outputs[0], targetLabel), otherOutputs(sets[1], outputs[1 + trigger], targetLabel)] as const;
  const found = known ?? await read(trained), head = headMargins(adapter.trained, trained.trained, labels, targetLabel, ...found, sufficientScale);
  if (method.name === "full") return { head };
  const without = await read(atScale(config, encoder, trained, 0));
  return { head, network: networkMargins(without, found, scaleOf(method), scales, sufficientScale) };
}
