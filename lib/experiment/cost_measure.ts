/**
 * Measures a machine's rates in a few seconds: matrix products of an encoder's sizes, and real training steps and predictions of small
 * random encoders, each of which makes one amount of work stand out. What is measured is the engine as it is, so a faster operation
 * makes a faster forecast.
 */
import { cpus, loadavg } from "node:os";
import type { AssetOptions } from "../assets/manifest.ts";
import { obtainAsset } from "../assets/obtain.ts";
import type { BertConfig } from "../model/encoder.ts";
import { startTensorFlow } from "../tensor/backend.ts";
import { type Architecture, type BatchShape, type PassKind, type Work, workOf } from "./cost_flops.ts";
import { measureProducts, timePasses, type Timing } from "./cost_probe.ts";
import { type MethodName, type PassRates, productRate, type Rates, type RatesOptions } from "./cost_rates.ts";

/** Widths whose products are timed, with the rows of a batch: a small encoder's and a large one's. */
const productWidths = [{ width: 384, rows: 768 }, { width: 1024, rows: 256 }];

const encoderOf = (layers: number, width: number): BertConfig => ({
  layers,
  width,
  heads: width / 32,
  innerWidth: 4 * width,
  vocabularySize: 1024,
  maxPositions: 64,
  layerNormEpsilon: 1e-12,
});

const [tiny, small] = [encoderOf(3, 32), encoderOf(3, 384)];

/**
 * Each has an amount that those before it hardly have: layers, weights, activations. As many rows as any machine cuts a batch into; the
 * last probe predicts on a shape of its own, since operations that a step has compiled are there for a prediction too.
 */
const probes: readonly { readonly encoder: BertConfig; readonly shapes: Readonly<Record<PassKind, BatchShape>> }[] = [
  { encoder: tiny, shapes: { step: { n: 32, t: 2 }, predict: { n: 32, t: 2 } } },
  { encoder: small, shapes: { step: { n: 32, t: 2 }, predict: { n: 32, t: 2 } } },
  { encoder: small, shapes: { step: { n: 32, t: 32 }, predict: { n: 64, t: 24 } } },
];

const methods: Readonly<Record<MethodName, Pick<Architecture, "method" | "head">>> = {
  full: { method: { name: "full" }, head: "trained" },
  lora: { method: { name: "lora", rank: 8, targets: "all" }, head: "frozen" },
};

export async function measureRates({ precision = "f32", threads, ...options }: RatesOptions & AssetOptions = {}): Promise<Rates> {
  const [load] = loadavg(), folder = await obtainAsset("tensorflow", options), start = performance.now();
  const { library } = await startTensorFlow(folder, { threads });
  const startSeconds = (performance.now() - start) / 1000, startBytes = Deno.memoryUsage().rss;
  const flopsPerSecond: Record<string, number> = {};
  for (const { width, rows } of productWidths) flopsPerSecond[width] = await measureProducts(width, rows, precision);
  const full = await timeProbes("full", precision), lora = await timeProbes("lora", precision); // in this order: what full compiles, LoRA finds compiled
  const rate = productRate({ flopsPerSecond }, small.width);
  const both = (kind: PassKind) => ({ full: solveRates(full[kind], rate), lora: solveRates(lora[kind], rate) });
  return {
    schema: 1,
    measuredAt: new Date().toISOString(),
    cpu: `${cpus()[0]?.model.trim() ?? "unknown"} (${cpus().length} cores)`,
    threads: library.threads,
    load,
    precision,
    flopsPerSecond,
    step: both("step"),
    predict: both("predict"),
    newShape: { step: solveShapes(full.step[2], lora.step[2]), predict: solveShapes(full.predict[2], lora.predict[2]) },
    startSeconds,
    startBytes,
  };
}

/** A probe's work and what it took. */
export interface Measured {
  readonly work: Work;
  readonly timing: Pick<Timing, "seconds" | "firstSeconds">;
}

async function timeProbes(name: MethodName, precision: Rates["precision"]): Promise<Record<PassKind, Measured[]>> {
  const architecture = (encoder: BertConfig) => ({ ...methods[name], encoder, classes: 2 });
  const timings: Record<PassKind, Timing>[] = [];
  for (const one of [tiny, small]) {
    timings.push(...await timePasses(architecture(one), probes.filter(({ encoder }) => encoder === one).map(({ shapes }) => shapes), precision));
  }
  const measured = (kind: PassKind) =>
    probes.map(({ encoder, shapes }, i) => ({ work: workOf(architecture(encoder), shapes[kind], kind), timing: timings[i][kind] }));
  return { step: measured("step"), predict: measured("predict") };
}

/**
 * One unknown after the other: what is left of a probe's seconds by the products and by the rates known so far is the work of the amount
 * that stands out in it.
 * @param measured of the probe of layers, of weights, of activations
 */
export function solveRates(measured: readonly Measured[], flopsPerSecond: number): PassRates {
  const [layers, weights, activations] = measured;
  const rest = ({ work, timing }: Measured, perLayer: number, perWeight: number) =>
    Math.max(0, timing.seconds - work.flops / flopsPerSecond - work.layers * perLayer - work.weights * perWeight);
  const perLayer = layers.timing.seconds / layers.work.layers;
  const perWeight = weights.work.weights === 0 ? 0 : rest(weights, perLayer, 0) / weights.work.weights;
  return { perActivation: rest(activations, perLayer, perWeight) / activations.work.activations, perWeight, perLayer };
}

/**
 * What the first pass over a new shape takes beside the pass: tracing, layer by layer, and compiling, once for all layers and methods.
 * @param cold the first pass of its shape in the process
 * @param warm another method's of the same shape, later: compiled already
 */
export function solveShapes(cold: Measured, warm: Measured): Rates["newShape"][PassKind] {
  const extra = ({ timing }: Measured) => Math.max(0, timing.firstSeconds - timing.seconds);
  return { perLayer: extra(warm) / warm.work.layers, once: Math.max(0, extra(cold) - extra(warm)) };
}
