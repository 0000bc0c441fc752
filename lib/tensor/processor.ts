/** What the processor can do, as the operating system tells it. */

/** The instruction sets that matrix products profit from, by their names in /proc/cpuinfo. */
const instructionSets = { AVX2: "avx2", "AVX-512": "avx512f", "AVX-512 bf16": "avx512_bf16", "AMX bf16": "amx_bf16" } as const;
export type InstructionSet = keyof typeof instructionSets;

/**
 * Those of them that the processor has; null where the system does not say (not Linux, or no x86).
 * @param cpuinfo the text of /proc/cpuinfo
 */
export function processorFeatures(cpuinfo: string | null = readCpuinfo()): InstructionSet[] | null {
  const line = cpuinfo && /^flags\s*:(.*)$/m.exec(cpuinfo);
  if (!line) return null;
  const flags = new Set(line[1].trim().split(/\s+/));
  return (Object.keys(instructionSets) as InstructionSet[]).filter((name) => flags.has(instructionSets[name]));
}

/** Whether TensorFlow has bfloat16 matrix products for it. With AVX-512 alone they are slower than float32's on some, twice as fast on others. */
export function hasBfloat16(features: readonly InstructionSet[] | null = processorFeatures()): boolean {
  return features !== null && (features.includes("AVX-512 bf16") || features.includes("AMX bf16"));
}

function readCpuinfo(): string | null {
  try {
    return Deno.readTextFileSync("/proc/cpuinfo");
  } catch {
    return null;
  }
}
