/** Learning-rate schedules as multipliers of the base rate. */
export type Schedule = "constant" | "linear";

/**
 * @param step from 0
 * @param warmup fraction of the steps over which the rate rises linearly from 0
 * @returns the multiplier in [0, 1]; `linear` falls to 0 one step after the last
 */
export function scheduleAt(schedule: Schedule, step: number, steps: number, warmup: number): number {
  const rising = Math.round(warmup * steps);
  if (step < rising) return step / Math.max(1, rising);
  if (schedule === "constant") return 1;
  return Math.max(0, (steps - step) / Math.max(1, steps - rising));
}
