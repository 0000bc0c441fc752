/** What RoRA's pieces cost a training step: Table 3 (B-6.1-12, B-6.1-13). Its own step times are of graphics cards and larger models: what can be compared is the ratio. */
import { type MeanInterval, tInterval } from "../../math/statistics.ts";
import type { Audit, Deciders } from "../decider.ts";
import type { StepTimes } from "../step_times.ts";
import { points, signed, withInterval } from "../words.ts";

const milliseconds = (interval: MeanInterval): string => withInterval(interval, (seconds) => signed(1000 * seconds, 2), " ms");
const percent = (interval: MeanInterval): string => withInterval(interval, points, " %");

/** Block by block, over what is added to LoRA. */
function overheads({ lora, added }: StepTimes, of: (added: number, lora: number) => number): Map<string, MeanInterval> {
  return new Map([...added].map(([mode, seconds]) => [mode, tInterval(seconds.map((one, block) => of(one, lora[block])))]));
}

const where = ({ cpu, threads, lora, steps, loadBefore, finishedAt }: StepTimes): string =>
  `${lora.length} blocks of ${steps} steps on ${threads} threads of ${cpu}, load ${loadBefore.toFixed(1)} before, ${finishedAt.slice(0, 10)}`;

const told = (found: ReadonlyMap<string, MeanInterval>, say: (interval: MeanInterval) => string): string =>
  [...found].map(([mode, interval]) => `${mode} ${say(interval)}`).join(", ");

/** B-6.1-12, R-NUM(report): RoRA's step takes longer than LoRA's, the 95 % interval over blocks above 0; refuted below 0. */
export function addsTime(times: StepTimes): Audit {
  const found = overheads(times, (added, lora) => added - lora), { low, high } = found.get("RoRA")!;
  return {
    verdict: low! > 0 ? "reproduced" : high! < 0 ? "not reproduced" : "partly",
    effect: `a step of RoRA less one of LoRA: ${told(found, milliseconds)} (${where(times)})`,
    ours: milliseconds(found.get("RoRA")!),
  };
}

/** B-6.1-13, R-NUM: the mean overhead at most 17 % with the interval's upper end at most 25 %; refuted above 30 %. */
export function slowsLittle(times: StepTimes): Audit {
  const found = overheads(times, (added, lora) => added / lora - 1), { mean, high } = found.get("RoRA")!;
  return {
    verdict: mean <= 0.17 && high! <= 0.25 ? "reproduced" : mean > 0.3 ? "not reproduced" : "partly",
    effect: `a step of RoRA over one of LoRA: ${told(found, percent)} (${where(times)})`,
    ours: percent(found.get("RoRA")!),
  };
}

const needs = "step times of LoRA and of RoRA's pieces (deno task bench --only rora)";

export const timed: Deciders = {
  "B-6.1-12": { from: "benchmark", audit: addsTime, needs },
  "B-6.1-13": { from: "benchmark", audit: slowsLittle, needs },
};
