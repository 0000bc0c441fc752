/**
 * What the rank and the size of an update do by themselves (paper B, section 4.1: low rank alone explains nothing). Full fine-tuning and LoRA from one
 * poisoned encoder; then full fine-tuning's update of every linear module is projected to a rank, and LoRA's rescaled, module by module, to the
 * Frobenius norm of full fine-tuning's. Beside them, how far each update turns the weights' leading singular vectors (section 4.3).
 */
import type { Adapter } from "../../adapter/adapter.ts";
import { leadingSingular } from "../../adapter/leading.ts";
import { mergeAdapter } from "../../adapter/merge.ts";
import { type LowRankMethod, scaleOf } from "../../adapter/method.ts";
import type { StoredTensor } from "../../model/safetensors.ts";
import { dot } from "../../spectral/small_svd.ts";
import { adaptedModules } from "../../train/rora/modules.ts";
import { factorsOf, sigmaOfUpdate } from "../../train/rora/update.ts";
import { standingAlone } from "../config.ts";
import { handOn } from "../handed_on.ts";
import type { ResultOf } from "../study_record.ts";
import type { StudyNamed } from "../study_schema.ts";
import { differencesOf, withLeading } from "./directions.ts";
import type { Bench } from "./pool.ts";
import { evaluatedAt } from "./scores.ts";
import { tune, type Tuned } from "./tuned.ts";
import type { WalkControl } from "./walk.ts";

type Weights = ReadonlyMap<string, StoredTensor>;
type Result = ResultOf<"projection">;
type Change = Result["modules"][number]["full"];

export async function studyProjection({ session }: Bench, study: StudyNamed<"projection">, control: WalkControl): Promise<Result> {
  const { run, full: fullRun, ranks } = study, { encoder: pretrained } = await session.model(run.model);
  const proxy = await tune(session, standingAlone(run.start!.run), null, control);
  const before = handOn(proxy.adapter.trained, proxy.scene.widen, pretrained.config);

  const full = await tune(session, fullRun, before, control), start = full.scene.adapter.trained, atFull = await evaluated(full, full.adapter);
  const differences = differencesOf(pretrained.config, full.adapter.trained, start), projected: Result["projected"] = [];
  for (const rank of ranks) {
    control.signal?.throwIfAborted();
    const trained = withLeading(full.adapter.trained, start, differences, rank);
    projected.push({ rank, evaluated: await evaluated(full, { ...full.adapter, trained }) });
  }

  const lora = await tune(session, run, before, control), { scene, adapter } = lora;
  const norms = new Map([...differences].map(([module, { parts }]) => [module, norm(parts.s)])), larger = rescaledTo(norms, lora);
  const [byLora, byLarger] = [adapter, larger].map(({ trained, fixed }) => mergeAdapter(run.method, scene.encoder.weights, trained, fixed));
  const adapted = new Set(adaptedModules(scene.encoder.config, adapter.trained));
  return {
    study: "projection",
    steps: lora.steps,
    full: atFull,
    projected,
    lora: await evaluated(lora, adapter),
    rescaled: await evaluated(lora, larger),
    modules: [...differences].map(([module, { parts }]) => {
      const weight = start.get(`${module}.weight`)!;
      const ofFull = { norm: norm(parts.s), largest: parts.s[0], ...turned(weight, full.adapter.trained.get(`${module}.weight`)!) };
      if (!adapted.has(module)) return { module, pretrained: leadingSingular(weight, 1).s[0], full: ofFull, lora: null, rescaled: null };
      const of = (own: Adapter, merged: Weights): Change => {
        const values = updateOf(own, module, run.method as LowRankMethod);
        return { norm: norm(values), largest: values[0], ...turned(weight, merged.get(`${module}.weight`)!) };
      };
      return { module, pretrained: leadingSingular(weight, 1).s[0], full: ofFull, lora: of(adapter, byLora), rescaled: of(larger, byLarger) };
    }),
  };
}

async function evaluated({ trainer, scene }: Tuned, adapter: Adapter) {
  trainer.reset(adapter);
  return await evaluatedAt(trainer, scene);
}

/** LoRA's update of every module times what makes its norm the given one; folded into B. An update of 0 stays. */
function rescaledTo(norms: ReadonlyMap<string, number>, { scene: { encoder, run }, adapter }: Tuned): Adapter {
  const trained = new Map(adapter.trained);
  for (const module of adaptedModules(encoder.config, adapter.trained)) {
    const own = norm(updateOf(adapter, module, run.method as LowRankMethod)), name = `${module}.lora_B`, b = adapter.trained.get(name)!;
    if (own > 0) trained.set(name, { ...b, data: b.data.map((x) => norms.get(module)! / own * x) });
  }
  return { ...adapter, trained };
}

/** Singular values of s B A. */
const updateOf = (adapter: Adapter, module: string, method: LowRankMethod): number[] =>
  Array.from(sigmaOfUpdate(factorsOf(adapter, module), null).values, (value) => scaleOf(method) * value);

/** Frobenius norm from singular values. */
const norm = (values: ArrayLike<number>): number => Math.sqrt(dot(values, values));

/** |cosine| of a weight's leading singular vectors before and after. */
function turned(before: StoredTensor, after: StoredTensor): Pick<Change, "left" | "right"> {
  const [first, second] = [before, after].map((weight) => leadingSingular(weight, 1));
  return { left: Math.abs(dot(first.u.data, second.u.data)), right: Math.abs(dot(first.v.data, second.v.data)) };
}
