/** What a reader must know of the processor to judge times in bfloat16. */
import type { Precision } from "../lib/tensor/precision.ts";
import { type InstructionSet, processorFeatures } from "../lib/tensor/processor.ts";

/** Notes for a case: none in f32, with a matrix unit for bfloat16, or where nobody knows. */
export function bf16Notes(precision: Precision, features: readonly InstructionSet[] | null = processorFeatures()): string[] {
  if (precision !== "bf16" || !features || features.includes("AMX bf16")) return [];
  return [
    "This processor has no matrix unit for bfloat16 (AMX), at most dot products (AVX-512 bf16): compare the peaks below before expecting bf16 to gain",
  ];
}
