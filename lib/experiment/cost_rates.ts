/** How fast a machine is: a few rates, measured once and kept in the cache folder, and the seconds that they make of counted work. */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { cpus } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { manifest } from "../assets/manifest.ts";
import { cacheFolder } from "../assets/place.ts";
import { writeWhole } from "../assets/write_whole.ts";
import type { RunConfig } from "./config.ts";
import type { PassKind, Work } from "./cost_flops.ts";

/** Methods whose passes are timed; the other low-rank ones are taken to cost what LoRA does. */
export type MethodName = "full" | "lora";

const timedAs = (method: RunConfig["method"]["name"]): MethodName => method === "full" ? "full" : "lora";

/** Seconds for one unit of each amount in `Work`, beside the products. */
export interface PassRates {
  readonly perActivation: number;
  readonly perWeight: number;
  readonly perLayer: number;
}

export interface Rates {
  readonly schema: 1;
  readonly measuredAt: string; // ISO 8601
  readonly cpu: string;
  readonly threads: number;
  /** Processes that were running before the measurement, mean over a minute: on a busy machine rates come out too low. */
  readonly load: number;
  readonly precision: RunConfig["precision"];
  /** Of matrix products of an encoder's sizes, by its width. */
  readonly flopsPerSecond: Readonly<Record<string, number>>;
  readonly step: Readonly<Record<MethodName, PassRates>>;
  readonly predict: Readonly<Record<MethodName, PassRates>>;
  /** Seconds that a new shape of batch takes: `perLayer` for each method that meets it, `once` for all of them. */
  readonly newShape: Readonly<Record<PassKind, { readonly perLayer: number; readonly once: number }>>;
  /** From the start of the process until the engine has started. */
  readonly startSeconds: number;
  /** Resident memory of the process by then. */
  readonly startBytes: number;
}

/** Seconds of one pass over one batch. */
export function passSeconds(work: Work, width: number, method: RunConfig["method"]["name"], kind: PassKind, rates: Rates): number {
  const { perActivation, perWeight, perLayer } = rates[kind][timedAs(method)];
  return work.flops / productRate(rates, width) + work.activations * perActivation + work.weights * perWeight + work.layers * perLayer;
}

/** Between measured widths, linear in the logarithm of the width; outside them, the nearest. */
export function productRate({ flopsPerSecond }: Pick<Rates, "flopsPerSecond">, width: number): number {
  const measured = Object.entries(flopsPerSecond).map(([at, rate]) => ({ at: Number(at), rate })).sort((a, b) => a.at - b.at);
  const above = measured.findIndex(({ at }) => at >= width);
  if (above === -1) return measured[measured.length - 1].rate;
  if (above === 0) return measured[0].rate;
  const [low, high] = measured.slice(above - 1);
  return low.rate + (high.rate - low.rate) * Math.log(width / low.at) / Math.log(high.at / low.at);
}

export interface RatesOptions {
  readonly precision?: RunConfig["precision"];
  readonly threads?: number;
  /** Measure even where rates are known. */
  readonly again?: boolean;
  readonly cache?: string;
}

/** The machine's rates out of the cache folder; null where they were never measured for this machine, library and code. */
export async function knownRates(options: RatesOptions = {}): Promise<Rates | null> {
  try {
    const found = JSON.parse(await readFile(await ratesFile(options), "utf8")) as Rates;
    return found.schema === 1 ? found : null;
  } catch {
    return null; // not there, or not whole: it is measured again
  }
}

/** The known rates, or those that `measure` finds, which are then known. */
export async function obtainRates(measure: (options: RatesOptions) => Promise<Rates>, options: RatesOptions = {}): Promise<Rates> {
  const known = options.again ? null : await knownRates(options);
  if (known) return known;
  const rates = await measure(options);
  await writeWhole(await ratesFile(options), `${JSON.stringify(rates, null, 1)}\n`);
  return rates;
}

/** Named by what the rates depend on: processor, threads, precision, the library's version, our own code between it and the step, and what is counted and probed. */
async function ratesFile({ precision = "f32", threads = navigator.hardwareConcurrency, cache = cacheFolder() }: RatesOptions): Promise<string> {
  const digest = createHash("sha256");
  const library = manifest.tensorflow.wheels.map(({ version }) => version);
  digest.update(JSON.stringify([cpus().map(({ model }) => model), Deno.version.deno, library, threads, precision]));
  for (const layer of ["tensor", "model", "adapter", "train"]) {
    const folder = fileURLToPath(new URL(`../${layer}`, import.meta.url));
    const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(".ts")).sort();
    for (const name of names) digest.update(await readFile(join(folder, name)));
  }
  for (const name of ["cost_flops.ts", "cost_measure.ts", "cost_probe.ts"]) digest.update(await readFile(new URL(name, import.meta.url)));
  return join(cache, `rates-${digest.digest("hex").slice(0, 16)}.json`);
}
