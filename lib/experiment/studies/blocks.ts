/**
 * Proposition 4.2 of paper B block by block. Its threshold is one of a linear classifier, while RoRA rescales every module of some blocks by
 * itself: so one block's update is scaled, all others left as trained, beside the line that the block's own share of each row's margin
 * foretells; and at every adapted module the proposition's constants are measured, to first order in the module's weight.
 */
import type { Adapter } from "../../adapter/adapter.ts";
import { leadingSingular } from "../../adapter/leading.ts";
import { type LowRankMethod, scaleOf } from "../../adapter/method.ts";
import { type MarginGradient, marginGradients } from "../../ntk/encoder_margins.ts";
import { metricsOf } from "../../evaluate/metrics.ts";
import { isTrigger } from "../../poison/change.ts";
import { mean } from "../../math/statistics.ts";
import { rowMargin } from "../../spectral/margin.ts";
import type { Sequence } from "../../tokens/batch.ts";
import { adaptedModules } from "../../train/rora/modules.ts";
import { factorsOf, sigmaOfUpdate } from "../../train/rora/update.ts";
import { standingAlone } from "../config.ts";
import { handOn } from "../handed_on.ts";
import { layerMargins, networkMargins, type OtherOutputs, otherOutputs, otherRows } from "../margins.ts";
import { countOutputs, outputsAt } from "../predictions.ts";
import type { ResultOf } from "../study_record.ts";
import type { StudyNamed } from "../study_schema.ts";
import type { Bench } from "./pool.ts";
import { tune, type Tuned } from "./tuned.ts";
import type { WalkControl } from "./walk.ts";

type Result = ResultOf<"blocks">;
type Arm = Result["arms"][number];
type Point = Arm["trained"];
/** Of the same rows: as they are, and with the trigger. */
type Sides<T> = readonly [clean: T, triggered: T];

export async function studyBlocks({ session }: Bench, study: StudyNamed<"blocks">, control: WalkControl): Promise<Result> {
  const { run, arms, rows, scales } = study, { encoder: pretrained } = await session.model(run.model);
  const proxy = await tune(session, standingAlone(run.start!.run), null, control);
  const before = handOn(proxy.adapter.trained, proxy.scene.widen, pretrained.config), found: Arm[] = [];
  let steps = 0;
  for (const rora of arms) {
    const tuned = await tune(session, { ...run, rora }, before, control), sides = sidesOf(tuned);
    found.push({ rora, ...await scaledBlocks(tuned, sides, scales, control), modules: await moduleMargins(tuned, sides, rows) });
    steps = tuned.steps;
  }
  return { study: "blocks", steps, arms: found };
}

/** Held-out rows of the other class. */
function sidesOf({ scene: { run, heldOut, changed } }: Tuned): Sides<readonly Sequence[]> {
  const { changes, targetLabel } = run.evaluate, own = (rows: readonly Sequence[]) => otherRows(rows, targetLabel);
  return [own(heldOut), own(changed[changes.findIndex(isTrigger)])];
}

/** Every block's update at scale 0, as trained, and at `scales`. */
async function scaledBlocks(
  { scene: { encoder, run, heldOut }, trainer, adapter }: Tuned,
  sides: Sides<readonly Sequence[]>,
  scales: readonly number[],
  { signal, onStep }: WalkControl,
): Promise<Omit<Arm, "rora" | "modules">> {
  const usual = scaleOf(run.method as LowRankMethod), target = run.evaluate.targetLabel;
  const read = async (scale: number, state: Adapter): Promise<{ point: Point; outputs: Sides<OtherOutputs> }> => {
    trainer.reset(state);
    const onAll = await outputsAt(trainer, heldOut), clean = otherOutputs(heldOut, onAll, target);
    const triggered = otherOutputs(sides[1], await outputsAt(trainer, sides[1]), target);
    // A scale that calls every row the other class has no successful attack either: only the accuracy on all rows tells.
    const { accuracy } = metricsOf(countOutputs(heldOut, onAll));
    return { point: { scale, accuracy, ...attackAt(triggered) }, outputs: [clean, triggered] };
  };
  const trained = await read(usual, adapter), blocks: Arm["blocks"] = [], { layers } = encoder.config;
  for (let block = 0; block < layers; block++) {
    signal?.throwIfAborted();
    onStep?.(block + 1, layers);
    const at = async (scale: number) => await read(scale, withBlockAt(adapter, block, scale / usual)),
      without = await at(0),
      observed = [without.point];
    for (const scale of scales) observed.push((await at(scale)).point);
    blocks.push({ block, foretold: networkMargins(without.outputs, trained.outputs, usual, scales, true), observed });
  }
  return { rows: sides[0].length, trained: trained.point, blocks };
}

/** Of the triggered rows' margins. */
function attackAt({ margins }: OtherOutputs): Pick<Point, "attackSuccessRate" | "triggeredMargin"> {
  const all = [...margins];
  return { attackSuccessRate: mean(all.map((margin) => margin > 0 ? 0 : 1)), triggeredMargin: mean(all) };
}

/** LoRA's update of one block times `factor`: folded into B. */
function withBlockAt(adapter: Adapter, block: number, factor: number): Adapter {
  const isOwn = (name: string) => name.startsWith(`encoder.layer.${block}.`) && name.endsWith(".lora_B");
  const trained = new Map(
    [...adapter.trained].map(([name, value]) => [name, isOwn(name) ? { ...value, data: value.data.map((x) => factor * x) } : value]),
  );
  return { ...adapter, trained };
}

/** The proposition's constants at every adapted module, of the first `count` rows, where training ended. */
async function moduleMargins({ scene, adapter }: Tuned, sides: Sides<readonly Sequence[]>, count: number): Promise<Arm["modules"]> {
  const { encoder, run } = scene, modules = adaptedModules(encoder.config, adapter.trained);
  const gradients = async (rows: readonly Sequence[]) =>
    await marginGradients(scene.point(adapter.trained), modules, rows.slice(0, count), run.evaluate.targetLabel);
  const [clean, triggered] = [await gradients(sides[0]), await gradients(sides[1])];
  return modules.map((module) => {
    const sigmaPretrained = leadingSingular(encoder.weights.get(`${module}.weight`)!, 1).s[0];
    const sigmaUpdate = sigmaOfUpdate(factorsOf(adapter, module), null).values[0];
    const rows = clean.get(module)!.map((own, i) => marginAt(own, triggered.get(module)![i], sigmaPretrained, sigmaUpdate));
    return { module, ...layerMargins(rows, sigmaPretrained, sigmaUpdate, true) };
  });
}

/** The nuclear norm stands where a single token has |c| |x|. */
const marginAt = (clean: MarginGradient, triggered: MarginGradient, sigmaPre: number, sigmaDelta: number) =>
  rowMargin(clean, triggered, { bound: triggered.size * sigmaPre, gain: clean.size * sigmaDelta, most: triggered.size * sigmaDelta });
