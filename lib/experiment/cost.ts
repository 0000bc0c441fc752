/** What runs will cost on this machine: seconds and bytes, from counted work and measured rates. */
import canonicalize from "canonicalize";
import { checkpointShare } from "../train/fit.ts";
import type { RunConfig } from "./config.ts";
import { type Architecture, type PassKind, trainedParameters, workOf } from "./cost_flops.ts";
import { type MemoryForecast, memoryOf } from "./cost_memory.ts";
import { passSeconds, type Rates } from "./cost_rates.ts";
import { type CountedShape, type RunShapes, shapesOf } from "./cost_shapes.ts";

export interface RunForecast {
  /** In matrix products. */
  readonly flops: number;
  readonly seconds: {
    /** Steps, and the checkpoints between them. */
    readonly train: number;
    readonly evaluate: number;
    /** Tracing each shape of batch that was not met before. */
    readonly traces: number;
    readonly total: number;
  };
  readonly memory: MemoryForecast;
}

/** How far off a forecast may be, as factors of its seconds: what was seen on runs of three sizes, and machines are not always quiet. */
export const sureness = { low: 0.8, high: 1.3 } as const;

/** Assumed, not measured: it matters for large models alone. */
const checkpoints = { everySeconds: 20, bytesPerSecond: 5e8 } as const;

/** Of the training time, in writing checkpoints. */
function checkpointTime(architecture: Architecture): number {
  const stateBytes = 3 * 4 * trainedParameters(architecture); // weights and two moments
  return Math.min(checkpointShare, stateBytes / checkpoints.bytesPerSecond / checkpoints.everySeconds);
}

/** The forecast of a run that is the first of its process. */
export function forecastRun(config: RunConfig, rates: Rates | readonly Rates[]): RunForecast {
  return forecastRuns([config], rates)[0];
}

/** @param known shapes that the process has traced; those of this run are added */
function forecastShapes(shapes: RunShapes, rates: Rates, known: Set<string>): RunForecast {
  const { architecture } = shapes, train = passes(shapes.train, architecture, "step", rates, known);
  const evaluate = passes(shapes.evaluate, architecture, "predict", rates, known);
  const trainSeconds = train.seconds * (1 + checkpointTime(architecture));
  const traces = train.traces + evaluate.traces;
  return {
    flops: train.flops + evaluate.flops,
    seconds: { train: trainSeconds, evaluate: evaluate.seconds, traces, total: trainSeconds + evaluate.seconds + traces },
    memory: memoryOf(shapes, rates.startBytes),
  };
}

function passes(shapes: readonly CountedShape[], architecture: Architecture, kind: PassKind, rates: Rates, known: Set<string>) {
  const { encoder, method } = architecture, total = { flops: 0, seconds: 0, traces: 0 };
  const { layers: _, vocabularySize: __, ...widths } = encoder; // what is compiled is the same in each layer
  const isNew = (...name: unknown[]) => {
    const before = known.size;
    return known.add(JSON.stringify(name)).size > before;
  };
  for (const { n, t, count } of shapes) {
    const work = workOf(architecture, { n, t }, kind), { perLayer, once } = rates.newShape[kind];
    total.flops += count * work.flops;
    total.seconds += count * passSeconds(work, encoder.width, method.name, kind, rates);
    if (isNew(architecture, rates.precision, kind, n, t)) total.traces += work.layers * perLayer;
    if (isNew(widths, rates.precision, kind, n, t)) total.traces += once;
  }
  return total;
}

/**
 * The forecasts of many runs of one process, in their order: a shape is traced by the first run that has it.
 * @param rates for each precision that the runs have
 */
export function forecastRuns(configs: readonly RunConfig[], rates: Rates | readonly Rates[]): RunForecast[] {
  const known = new Set<string>();
  return configs.map((config) => forecastShapes(shapesOf(config), ratesOf(config, rates), known));
}

function ratesOf({ precision }: RunConfig, rates: Rates | readonly Rates[]): Rates {
  const all = [rates].flat() as readonly Rates[], found = all.find((one) => one.precision === precision);
  if (found) return found;
  throw new RangeError(`Cannot forecast the run as there must be rates for its precision, of ${all.map((one) => one.precision)}: ${precision}`);
}

/** Each run once, seed by seed: the order in which a sweep does them. */
export function distinctRuns(configs: readonly RunConfig[]): RunConfig[] {
  const bySeed = [...Map.groupBy(configs, ({ seed }) => seed).values()].flat();
  return [...new Map(bySeed.map((config) => [canonicalize(config)!, config])).values()];
}

/** Seconds of each of these runs as a function, for `createForecast`; a run that is not among them is forecast as the only one. */
export function expectedSeconds(configs: readonly RunConfig[], rates: Rates | readonly Rates[]): (config: RunConfig) => number {
  const runs = distinctRuns(configs), forecasts = forecastRuns(runs, rates);
  const known = new Map(runs.map((config, i) => [canonicalize(config)!, forecasts[i].seconds.total]));
  return (config) => known.get(canonicalize(config)!) ?? forecastRun(config, rates).seconds.total;
}
