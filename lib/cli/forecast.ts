/** `forecast`: what a profile costs on this machine, before it is run. */
import Table from "cli-table3";
import { distinctRuns, forecastRuns, sureness } from "../experiment/cost.ts";
import { measureRates } from "../experiment/cost_measure.ts";
import { memoryOfRuns } from "../experiment/cost_memory.ts";
import { gpus, gpuSeconds, gpuSecondsPerLayer } from "../experiment/cost_gpu.ts";
import { obtainRates, type Rates } from "../experiment/cost_rates.ts";
import { shapesOf } from "../experiment/cost_shapes.ts";
import type { RunConfig } from "../experiment/config.ts";
import { selectExperiments } from "../experiment/experiments.ts";
import { profileNamed } from "../experiment/profiles.ts";
import { obtainAll } from "./assets.ts";
import type { SelectionOptions } from "./options.ts";
import { createProgress } from "./progress.ts";
import { bytes, duration, roughly } from "./units.ts";

type Selected = Omit<SelectionOptions, "outputs">;

export interface ForecastCommandOptions extends Selected {
  readonly measure?: boolean;
  readonly check?: boolean;
}

export async function forecast(options: ForecastCommandOptions): Promise<void> {
  const progress = createProgress();
  try {
    await obtainAll(["tensorflow"], progress);
    const rates = await obtainRates(async (asked) => {
      progress.say("Measuring this machine's rates (about ten seconds)");
      return await measureRates(asked);
    }, { again: options.measure, precision: options.precision });
    console.log(ratesText(rates));
    if (options.check) await (await import("./forecast_check.ts")).checkForecast(rates, progress);
    else if (options.profile === "paper") console.log(paperText(options, rates));
    else console.log(profileText(options, rates));
  } finally {
    progress.stop();
  }
}

/** Of its threads, on a machine that counts as busy. */
const busyLoad = 0.3;

/** The machine and how fast it was found to be. */
export function ratesText({ cpu, threads, load, precision, measuredAt, flopsPerSecond, step, newShape }: Rates, nowMs = Date.now()): string {
  const products = Object.entries(flopsPerSecond).map(([width, rate]) => `${giga(rate)} GFLOP/s at width ${width}`).join(", ");
  const rest = (["lora", "full"] as const).map((method) => {
    const { perActivation, perWeight, perLayer } = step[method];
    return `  ${method} step, beside the products: ${giga(1 / perActivation)} G activations/s, ${giga(1 / perWeight)} G weights/s, ` +
      `${(1000 * perLayer).toFixed(2)} ms a layer`;
  });
  const shape = `  a new shape of batch: ${newShape.step.once.toFixed(2)} s to compile a step, ${
    (1000 * newShape.step.perLayer).toFixed(0)
  } ms a layer to trace it`;
  const age = roughly((nowMs - Date.parse(measuredAt)) / 1000);
  const busy = load > busyLoad * threads
    ? [`  measured on a busy machine (load ${load.toFixed(1)}): the forecast may be too long; --measure on a quiet one`]
    : [];
  return [
    `${cpu}, ${threads} threads, ${precision}; rates measured ${age} ago (--measure: again)`,
    `  matrix products: ${products}`,
    ...rest,
    shape,
    ...busy,
  ].join(
    "\n",
  );
}

/** `0.45`, `265`; a rate without end, where the products' time has covered the rest. */
const giga = (rate: number) => Number.isFinite(rate) ? String(Number((rate / 1e9).toPrecision(3))) : "(too many to measure)";

const seconds = (expected: number) => `${duration(expected)} (${roughly(sureness.low * expected)} to ${roughly(sureness.high * expected)})`;

/** Each experiment by itself, and all of them with shared runs once. */
export function profileText({ profile, only, paper, seeds }: Selected, rates: Rates): string {
  const table = new Table({
    head: ["experiment", "runs", "GFLOP", "time on this machine", "memory"],
    style: { head: [], border: [], compact: true },
    colAligns: ["left", "right", "right", "left", "right"],
  });
  const row = (title: string, configs: readonly RunConfig[]) => {
    const runs = distinctRuns(configs),
      forecasts = forecastRuns(runs, rates),
      sum = (of: (i: number) => number) => runs.reduce((s, _, i) => s + of(i), 0);
    table.push([
      title,
      runs.length,
      Math.round(sum((i) => forecasts[i].flops) / 1e9).toLocaleString("en"),
      seconds(rates.startSeconds + sum((i) => forecasts[i].seconds.total)),
      bytes(memoryOfRuns(runs.map(shapesOf), rates.startBytes)),
    ]);
  };
  const settings = profileNamed(profile, rates.precision), chosen = selectExperiments(only, settings.name, paper);
  const configs = chosen.map((experiment) => experiment.configs(settings, seeds));
  chosen.forEach(({ id }, i) => configs[i].length && row(id, configs[i]));
  row("all, shared runs once", configs.flat());
  return `${table.toString()}\nFrom nothing stored, one run after the other. Not counted: downloads, figures, notebooks.`;
}

/** The same for runs of GPU hours: what they would take on GPUs stands beside this machine. */
export function paperText({ profile, only, paper, seeds }: Selected, rates: Rates): string {
  const settings = profileNamed(profile, rates.precision), chosen = selectExperiments(only, settings.name, paper);
  const table = new Table({
    head: ["experiment", "runs", "PFLOP", "this machine", ...gpus.map(({ name }) => `one ${name}`), "memory here"],
    style: { head: [], border: [], compact: true },
    colAligns: ["left", ...Array.from({ length: gpus.length + 4 }, () => "right" as const)],
  });
  const row = (title: string, configs: readonly RunConfig[]) => {
    const runs = distinctRuns(configs), forecasts = forecastRuns(runs, rates);
    const flops = forecasts.reduce((sum, forecast) => sum + forecast.flops, 0), here = forecasts.reduce((sum, { seconds }) => sum + seconds.total, 0);
    table.push([
      title,
      runs.length.toLocaleString("en"),
      Math.round(flops / 1e15).toLocaleString("en"),
      hours(here),
      ...gpus.map((gpu) => hours(gpuSeconds(runs, gpu))),
      bytes(memoryOfRuns(runs.map(shapesOf), rates.startBytes)),
    ]);
  };
  const configs = chosen.map((experiment) => experiment.configs(settings, seeds));
  chosen.forEach(({ id }, i) => configs[i].length && row(id, configs[i]));
  row("all, shared runs once", configs.flat());
  return [
    table.toString(),
    ...chosen.map(({ id, title }) => `${id}: ${title}`),
    `From nothing stored, one run after the other. Assumed: texts of typical lengths; on GPUs ${
      gpus.map(({ name, memory, flopsPerSecond, share }) => `${name} (${memory}) ${100 * share} % of ${flopsPerSecond / 1e12} TFLOP/s`).join(", ")
    }, and ${1000 * gpuSecondsPerLayer.step} ms a layer and step at least. No GPU was measured, and this machine's hours extrapolate from small ` +
    "encoders: take both as orders of magnitude.",
  ].join("\n");
}

const hours = (seconds: number) => `${Math.round(seconds / 3600).toLocaleString("en")} h`;
