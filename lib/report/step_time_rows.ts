/** Table 3 of paper B: what a training step of LoRA and of RoRA takes, as published and as measured here. */
import { claimsOf } from "../claims/claim.ts";
import type { StepTimes } from "../claims/step_times.ts";
import { mean, tInterval } from "../math/statistics.ts";

/** The claim that has the table's numbers, and the models behind them in its order. */
const published = { claim: "B-6.1-12", models: ["BERT-large", "RoBERTa-large", "LLaMA"] } as const;

/** A row for each model of the paper, then one for each of what is added to LoRA here; times in milliseconds, their ratio over blocks with its 95 % t interval. */
export function stepTimeRows(times: StepTimes | null): Record<string, string | number>[] {
  const { LoRA, RoRA } = claimsOf("b").find(({ id }) => id === published.claim)!.quantities as Record<"LoRA" | "RoRA", number[]>;
  const printed = published.models.map((model, i) => row(`the paper, ${model}`, "RoRA", LoRA[i], RoRA[i], percent(RoRA[i] / LoRA[i])));
  if (!times) return printed;
  const { lora } = times,
    ours = [...times.added].map(([what, seconds]) => {
      const { mean: ratio, low, high } = tInterval(seconds.map((one, block) => one / lora[block]));
      return row("ours, MiniLM", what, 1000 * mean(lora), 1000 * mean(seconds), `${percent(ratio)} [${percent(low!)}, ${percent(high!)}]`);
    });
  return [...printed, ...ours];
}

const row = (whose: string, what: string, lora: number, added: number, over: string) => ({
  "whose": whose,
  "LoRA and": what,
  "LoRA, ms a step": Number(lora.toFixed(1)),
  "with it, ms a step": Number(added.toFixed(1)),
  "longer by, %": over,
});

/** Of a ratio, what it is above 1: `+6.4`. */
function percent(ratio: number): string {
  const above = 100 * (ratio - 1);
  return `${above < 0 ? "−" : "+"}${Math.abs(above).toFixed(1)}`;
}
