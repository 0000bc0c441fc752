/** `forecast --check`: three runs of different size, forecast and then done. */
import process from "node:process";
import Table from "cli-table3";
import type { RunConfig } from "../experiment/config.ts";
import { forecastRuns } from "../experiment/cost.ts";
import { memoryOfRuns } from "../experiment/cost_memory.ts";
import type { Rates } from "../experiment/cost_rates.ts";
import { shapesOf } from "../experiment/cost_shapes.ts";
import { createExecutor } from "../experiment/execute.ts";
import { assetsOf, createDigests } from "../experiment/inputs.ts";
import { runKey } from "../experiment/key.ts";
import { profileNamed } from "../experiment/profiles.ts";
import { resolveConfig } from "../experiment/resolve.ts";
import { obtainAll } from "./assets.ts";
import { ExitError } from "./errors.ts";
import type { Progress } from "./progress.ts";
import { bytes, duration } from "./units.ts";

/** How far off a forecast may be: seconds and bytes as forecast over as they were. */
const tolerance = 0.3;

/** The quick profile's two runs, and whole reviews in batches of 8. */
export function checkedConfigs(precision: RunConfig["precision"] = "f32"): { title: string; config: RunConfig }[] {
  const { tasks: [{ rows, learningRate }], training, lora } = profileNamed("quick"), attack = { name: "none" }, seed = 1;
  const quick = (method: { name: "full" | "lora" }) => ({
    task: rows,
    attack,
    method,
    precision,
    train: { ...training, learningRate: learningRate[method.name] },
    seed,
  });
  const long = {
    ...quick({ name: "lora", ...lora }),
    task: { dataset: "imdb", trainRows: 200, validationRows: 10, testRows: 100 },
    train: { epochs: 1, batchSize: 8, learningRate: learningRate.lora, maxLength: 256 },
  };
  return [
    {
      title: "LoRA, quick profile, evaluated with a trigger too",
      config: resolveConfig({ ...quick({ name: "lora", ...lora }), evaluate: { changes: [{ kind: "trigger" }] } }),
    },
    { title: "full, quick profile", config: resolveConfig(quick({ name: "full" })) },
    { title: "LoRA, whole reviews of up to 256 tokens, batches of 8", config: resolveConfig(long) },
  ];
}

/** Prints forecast beside outcome; throws where one is off by more than 30 %. */
export async function checkForecast(rates: Rates, progress: Progress): Promise<void> {
  const checked = checkedConfigs(rates.precision), configs = checked.map(({ config }) => config), forecasts = forecastRuns(configs, rates);
  await obtainAll([...new Set(configs.flatMap(assetsOf))], progress);
  const execute = createExecutor(), digestsOf = createDigests(), folder = await Deno.makeTempDir(), ratios: number[] = [];
  const table = new Table({
    head: ["run", "seconds forecast", "taken", "ratio", "memory forecast", "peak so far", "ratio"],
    style: { head: [], border: [], compact: true },
    colAligns: ["left", "right", "right", "right", "right", "right", "right"],
  });
  try {
    for (const [i, { title, config }] of checked.entries()) {
      const digests = await digestsOf(config), bar = progress.bar(title), { signal } = new AbortController();
      const onProgress = ({ step, steps }: { step: number; steps: number }) => bar.update(step / steps, `of ${duration(forecasts[i].seconds.total)}`);
      const key = runKey(config, digests),
        { provenance } = await execute(config, { key, digests, checkpointFolder: `${folder}/${i}`, onProgress, signal });
      bar.remove();
      const taken = provenance.seconds.train + provenance.seconds.evaluate, forecast = forecasts[i].seconds.total;
      const memory = memoryOfRuns(configs.slice(0, i + 1).map(shapesOf), rates.startBytes), peak = process.resourceUsage().maxRSS * 1024;
      const both = [forecast / taken, memory / peak];
      ratios.push(...both);
      table.push([title, forecast.toFixed(1), taken.toFixed(1), both[0].toFixed(2), bytes(memory), bytes(peak), both[1].toFixed(2)]);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  console.log(table.toString());
  const isOff = ratios.some((ratio) => !(1 - tolerance <= ratio && ratio <= 1 + tolerance));
  if (isOff) {
    throw new ExitError(
      1,
      `Cannot trust the forecast on this machine as it must be within ${100 * tolerance} %: see the ratios; --measure measures again`,
    );
  }
}
