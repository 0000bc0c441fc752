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

/** Each has an amount that those before it hardly have. */
const probes = [
  { stands: "layers", encoder: tiny, shape: { n: 1, t: 4 } },
  { stands: "weights", encoder: small, shape: { n: 1, t: 4 } },
  { stands: "activations", encoder: small, shape: { n: 32, t: 32 } },
] as const;

const methods: Readonly<Record<MethodName, Pick<Architecture, "method" | "head">>> = {
  full: { method: { name: "full" }, head: "trained" },
  lora: { method: { name: "lora", rank: 8, targets: "all" }, head: "frozen" },
};

export async function measureRates({ precision = "f32", threads, ...options }: RatesOptions & AssetOptions = {}): Promise<Rates> {
  const [load] = loadavg(), { library } = await startTensorFlow(await obtainAsset("tensorflow", options), { threads });
  const startSeconds = performance.now() / 1000, startBytes = Deno.memoryUsage().rss;
  const flopsPerSecond: Record<string, number> = {};
  for (const { width, rows } of productWidths) flopsPerSecond[width] = await measureProducts(width, rows);
  const rate = productRate({ flopsPerSecond }, small.width), full = await measureMethod("full", rate), lora = await measureMethod("lora", rate);
  return {
    schema: 1,
    measuredAt: new Date().toISOString(),
    cpu: `${cpus()[0]?.model.trim() ?? "unknown"} (${cpus().length} cores)`,
    threads: library.threads,
    load,
    precision,
    flopsPerSecond,
    step: { full: full.step, lora: lora.step },
    predict: { full: full.predict, lora: lora.predict },
    startSeconds,
    startBytes,
  };
}

async function measureMethod(name: MethodName, flopsPerSecond: number): Promise<Record<PassKind, PassRates>> {
  const architecture = (encoder: BertConfig) => ({ ...methods[name], encoder, classes: 2 });
  const shapesOf = (encoder: BertConfig): BatchShape[] => probes.filter((probe) => probe.encoder === encoder).map(({ shape }) => shape);
  const timings: Record<PassKind, Timing>[] = [];
  for (const encoder of [tiny, small]) timings.push(...await timePasses(architecture(encoder), shapesOf(encoder)));
  const measured = (kind: PassKind) =>
    solveRates(
      probes.map(({ encoder, shape }, i) => ({ work: workOf(architecture(encoder), shape, kind), timing: timings[i][kind] })),
      flopsPerSecond,
    );
  return { step: measured("step"), predict: measured("predict") };
}

/**
 * One unknown after the other: what is left of a probe's seconds by the products and by the rates known so far is the work of the amount
 * that stands out in it.
 * @param measured of the probe of layers, of weights, of activations
 */
export function solveRates(measured: readonly { readonly work: Work; readonly timing: Timing }[], flopsPerSecond: number): PassRates {
  const [layers, weights, activations] = measured;
  const rest = ({ work, timing }: typeof layers, perLayer: number, perWeight: number) =>
    Math.max(0, timing.seconds - work.flops / flopsPerSecond - work.layers * perLayer - work.weights * perWeight);
  const perLayer = layers.timing.seconds / layers.work.layers;
  const perWeight = weights.work.weights === 0 ? 0 : rest(weights, perLayer, 0) / weights.work.weights;
  const traced = measured.map(({ work, timing }) => Math.max(0, timing.firstSeconds - timing.seconds) / work.layers).sort((a, b) => a - b);
  return {
    perActivation: rest(activations, perLayer, perWeight) / activations.work.activations,
    perWeight,
    perLayer,
    perTracedLayer: traced[1], // the median: a first call happens once and may be disturbed
  };
}
