/** What a profile would say of the made-up records' one task. */
import type { MainSettings } from "../../lib/claims/observe.ts";

export const withRates = (full: number, lora: number): MainSettings => ({
  variant: "paper",
  tasks: [{ rows: { dataset: "mr" }, learningRate: { full, lora } }],
});
