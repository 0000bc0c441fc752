/** What a study looks at: a run before its first step, its rows as tokens, and the rows' poisoned versions. */
import type { Adapter } from "../../adapter/adapter.ts";
import type { Example } from "../../data/dataset.ts";
import { createRng, type Rng } from "../../math/random.ts";
import type { Encoder } from "../../model/encoder.ts";
import { type RestrictedEncoder, restrictVocabulary } from "../../model/vocabulary.ts";
import type { Pair } from "../../ntk/encoder_pairs.ts";
import type { TangentModel } from "../../ntk/encoder_tangents.ts";
import { changeEvery } from "../../poison/poison.ts";
import type { Sequence } from "../../tokens/batch.ts";
import { startingAdapter } from "../adapted.ts";
import type { RunConfig } from "../config.ts";
import type { HandedOn } from "../handed_on.ts";
import { prepareRun } from "../prepare.ts";
import type { Session } from "../session.ts";

export interface Scene {
  readonly run: RunConfig;
  /** With the rows of the word embeddings that the run's texts use. */
  readonly encoder: Encoder;
  readonly widen: RestrictedEncoder["widen"];
  readonly adapter: Adapter;
  /** The run's own stream. */
  readonly rng: Rng;
  /** Training rows as they are, and as the run's attack has them. */
  readonly clean: readonly Sequence[];
  readonly poisoned: readonly Sequence[];
  /** Held-out rows as they are, and with each of the run's changes. */
  readonly heldOut: readonly Sequence[];
  readonly changed: readonly (readonly Sequence[])[];
  /** The run's model with these trained tensors, or at its start. */
  point(weights?: TangentModel["weights"]): TangentModel;
  /** Of the first n training rows those that the attack can change, each with its poisoned version and the label that it then has. */
  pairs(n: number): Pair[];
}

/** @param before what the run starts from, where it is not the pretrained encoder */
export async function openScene(session: Session, run: RunConfig, before: HandedOn | null = null): Promise<Scene> {
  const rng = createRng(run.seed), { encoder: pretrained, encode } = await session.model(run.model), split = await session.split(run.task);
  const prepared = prepareRun(run, split, encode, rng), whole = before?.encoder ?? pretrained;
  const { encoder, map, widen } = restrictVocabulary(whole, prepared.usedIds);
  const mapped = (rows: readonly Sequence[]) => rows.map(({ ids, label }) => ({ ids: map(ids), label }));
  const sequence = ({ text, label }: Pick<Example, "text" | "label">): Sequence => ({ ids: map(encode(text, run.train.maxLength)), label });
  const adapter = startingAdapter(run, encoder, before, rng);
  return {
    run,
    encoder,
    widen,
    adapter,
    rng,
    clean: split.train.map(sequence),
    poisoned: mapped(prepared.train),
    heldOut: mapped(prepared.clean),
    changed: prepared.changed.map(mapped),
    point: (weights) => ({ config: encoder.config, adapter, method: run.method, weights }),
    pairs(n) {
      const changed = changeEvery(split.train.slice(0, n), run.attack, rng.fork("study"));
      return changed.map(({ before, after }) => ({ clean: sequence(before), triggered: sequence(after) }));
    },
  };
}
