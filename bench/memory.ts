/** Peak resident memory of this process. */
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";

/** Bytes since the last reset; where the system has no reset, since the start. */
export function peakMemory(): number {
  try {
    const kibibytes = readFileSync("/proc/self/status", "utf8").match(/^VmHWM:\s*(\d+) kB/m)!;
    return 1024 * Number(kibibytes[1]);
  } catch {
    return process.resourceUsage().maxRSS * 1024; // not Linux
  }
}

/** Lets the peak start from what is in use now: a process times many cases. */
export function resetPeakMemory(): void {
  try {
    writeFileSync("/proc/self/clear_refs", "5");
  } catch {
    // not Linux: the peak covers what came before, too
  }
}
