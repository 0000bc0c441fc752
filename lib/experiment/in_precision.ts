/** A run in a precision, and the one that it starts from. */
import type { RunConfig } from "./config.ts";

/** @param config in any precision; resolved, as is what comes back */
export function inPrecision(config: RunConfig, precision: RunConfig["precision"]): RunConfig {
  const { start } = config;
  return { ...config, precision, start: start && { ...start, run: { ...start.run, precision } } };
}
