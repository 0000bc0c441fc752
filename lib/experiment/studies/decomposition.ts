/**
 * Equation 2 of paper B, W_pre = W_clean + W_backdoor, with the one definition that can be measured: the clean part is the encoder's
 * never-poisoned twin (same seed, same rows, no trigger). How many directions the difference has, what the encoder does without them before
 * and after fine-tuning, and whether LoRA's update points there.
 */
import type { Adapter } from "../../adapter/adapter.ts";
import { leadingSingular } from "../../adapter/leading.ts";
import type { StoredTensor } from "../../model/safetensors.ts";
import { effectiveRank } from "../../ntk/information.ts";
import { alignment, comparedDirections } from "../../spectral/alignment.ts";
import type { LowRankSigma } from "../../spectral/low_rank.ts";
import { adaptedModules } from "../../train/rora/modules.ts";
import { factorsOf, sigmaOfUpdate } from "../../train/rora/update.ts";
import { type RunConfig, standingAlone } from "../config.ts";
import { type HandedOn, handOn } from "../handed_on.ts";
import type { ResultOf } from "../study_record.ts";
import type { StudyNamed } from "../study_schema.ts";
import { type Difference, differencesOf, subtracted, withoutDirections } from "./directions.ts";
import type { Bench } from "./pool.ts";
import type { Scene } from "./scene.ts";
import { evaluatedAt } from "./scores.ts";
import { trainThrough, tune } from "./tuned.ts";
import type { WalkControl } from "./walk.ts";

type Weights = ReadonlyMap<string, StoredTensor>;
type Result = ResultOf<"decomposition">;

export async function studyDecomposition(bench: Bench, study: StudyNamed<"decomposition">, control: WalkControl): Promise<Result> {
  const { session } = bench, { run, arms, directions } = study, { encoder: pretrained } = await session.model(run.model);
  const { scene: proxy, trainer, steps, adapter: { trained: poisoned } } = await tune(session, standingAlone(run.start!.run), null, control);
  const { adapter: { trained: twin } } = await trainThrough(trainer, proxy, control, proxy.clean);
  const differences = differencesOf(proxy.encoder.config, poisoned, twin),
    moved = new Map(
      [...differences.keys()].map((module) => [module, subtracted(twin.get(`${module}.weight`)!, pretrained.weights.get(`${module}.weight`)!)]),
    );
  const evaluate = async (weights: Weights) => {
    trainer.reset({ ...proxy.adapter, trained: weights });
    return await evaluatedAt(trainer, proxy);
  };
  const onProxy: Result["proxy"] = { poisoned: await evaluate(poisoned), twin: await evaluate(twin), without: [] };
  for (const k of [...directions, null]) {
    onProxy.without.push({ directions: k, evaluated: await evaluate(withoutDirections(poisoned, differences, k)) });
  }
  const before = handOn(poisoned, proxy.widen, pretrained.config), found: Result["arms"] = [];
  for (const rora of arms) found.push(await tunedFrom(bench, { ...run, rora }, before, differences, moved, directions, control));
  return {
    study: "decomposition",
    steps,
    modules: [...differences].map(([module, { parts }]) => ({
      module,
      poisoned: leadingSingular(poisoned.get(`${module}.weight`)!, 1).s[0],
      difference: parts.s[0],
      moved: leadingSingular(moved.get(module)!, 1).s[0],
      effectiveRank: effectiveRank(parts.s),
    })),
    proxy: onProxy,
    arms: found,
  };
}

/** One clean fine-tuning from the poisoned encoder. LoRA's weights stay apart from its update: directions can be taken out of them alone. */
async function tunedFrom(
  { session }: Bench,
  run: RunConfig,
  before: HandedOn,
  differences: ReadonlyMap<string, Difference>,
  moved: Weights,
  directions: readonly number[],
  control: WalkControl,
): Promise<Result["arms"][number]> {
  const { scene, trainer, adapter: trained } = await tune(session, run, before, control), tuned = await evaluatedAt(trainer, scene);
  const without: Result["arms"][number]["without"] = [];
  for (const k of [...directions, null]) {
    trainer.reset({ ...trained, fixed: withoutDirections(trained.fixed, differences, k) });
    without.push({ directions: k, evaluated: await evaluatedAt(trainer, scene) });
  }
  return { rora: run.rora, tuned, without, overlaps: overlapsOf(trained, scene, differences, moved) };
}

function overlapsOf(
  { trained, fixed }: Adapter,
  { encoder }: Scene,
  differences: ReadonlyMap<string, Difference>,
  moved: Weights,
): Result["arms"][number]["overlaps"] {
  const none = { left: null, right: null };
  const beside = (update: LowRankSigma, parts: Pick<Difference["parts"], "u" | "v">) => update.values[0] > 0 ? alignment(update, parts) : none;
  return adaptedModules(encoder.config, trained).map((module) => {
    const update = sigmaOfUpdate(factorsOf({ trained, fixed }, module), null);
    return {
      module,
      difference: beside(update, differences.get(module)!.parts), // its first 32 columns count
      moved: beside(update, leadingSingular(moved.get(module)!, comparedDirections)),
    };
  });
}
