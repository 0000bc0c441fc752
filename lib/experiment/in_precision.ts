/** Runs and studies in a precision: they, and what they start from. */
import type { RunConfig } from "./config.ts";
import { type Study } from "./study_schema.ts";

type Precision = RunConfig["precision"];

/** @param config in any precision; resolved, as is what comes back */
export function inPrecision(config: RunConfig, precision: Precision): RunConfig {
  const { start } = config;
  return { ...config, precision, start: start && { ...start, run: { ...start.run, precision } } };
}

/** The runs behind a study in a precision; what is measured on them is measured in float32. */
export function studyInPrecision(study: Study, precision: Precision): Study {
  const run = inPrecision(study.run, precision);
  return "full" in study ? { ...study, run, full: inPrecision(study.full, precision) } : { ...study, run };
}
