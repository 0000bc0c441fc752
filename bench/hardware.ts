/** What the processor has for bfloat16 products: it decides what bf16 can gain. */
import { readFileSync } from "node:fs";
import type { Precision } from "./case.ts";

export interface Hardware {
  /** Intel's matrix unit (AMX) with bfloat16. */
  readonly amx: boolean;
  /** AVX-512's dot products of bfloat16 pairs. */
  readonly avx512: boolean;
}

/** From Linux's list of the processor's flags; null where there is none to read. */
export function bf16Hardware(cpuinfo: string | null = readCpuinfo()): Hardware | null {
  const flags = cpuinfo?.match(/^flags\s*:(.*)$/m)?.[1].trim().split(/\s+/);
  return flags ? { amx: flags.includes("amx_bf16"), avx512: flags.includes("avx512_bf16") } : null;
}

/** Notes for a case in bf16: none where it has its matrix unit, or where nobody knows. */
export function bf16Notes(precision: Precision, hardware = bf16Hardware()): string[] {
  if (precision !== "bf16" || !hardware || hardware.amx) return [];
  return [
    `This processor has no matrix unit for bfloat16 (AMX), ${
      hardware.avx512 ? "only dot products (AVX-512 BF16)" : "nor dot products (AVX-512 BF16)"
    }: ` +
    "compare the peaks below before expecting bf16 to gain",
  ];
}

function readCpuinfo(): string | null {
  try {
    return readFileSync("/proc/cpuinfo", "utf8");
  } catch {
    return null; // not Linux
  }
}
