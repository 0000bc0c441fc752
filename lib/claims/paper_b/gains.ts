/** RoRA in paper B's Table 2, setting by setting, against the rows that its text compares it with. */
import { type PaperBRow, paperBRows } from "./published.ts";

export interface Gain extends Pick<PaperBRow, "model" | "dataset" | "attack"> {
  /** Percent of LoRA's attack success rate that RoRA takes away. */
  readonly reduction: number;
  /** Clean accuracy, RoRA minus LoRA and minus full fine-tuning: points. */
  readonly minusLora: number;
  readonly minusFull: number;
  /** The methods with the highest CA - ASR and with the lowest attack success rate. */
  readonly bestDelta: string;
  readonly lowestRate: string;
}

/** One for each of the 18 settings: models x attacks x tasks, in the table's order. */
export function roraGains(): Gain[] {
  const settings = Map.groupBy(paperBRows("2"), ({ model, attack, dataset }) => `${model} ${attack} ${dataset}`);
  return [...settings.values()].map((rows) => {
    const of = (method: string) => rows.find((row) => row.method === method)!, [full, lora, rora] = ["FFT", "LoRA", "RoRA"].map(of);
    const first = (by: (row: PaperBRow) => number) => rows.toSorted((a, b) => by(b) - by(a))[0].method;
    const { model, dataset, attack } = rora;
    return {
      model,
      dataset,
      attack,
      reduction: 100 * (1 - rora.ASR! / lora.ASR!),
      minusLora: hundredths(rora.CA! - lora.CA!),
      minusFull: hundredths(rora.CA! - full.CA!),
      bestDelta: first((row) => row.delta!),
      lowestRate: first((row) => -row.ASR!),
    };
  });
}

const hundredths = (points: number): number => Math.round(100 * points) / 100;
