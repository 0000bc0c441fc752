/** Rates of a made-up machine. */
import type { Rates } from "../../lib/experiment/cost_rates.ts";

const step = { perActivation: 1e-9, perWeight: 2e-9, perLayer: 1e-3 };
const predict = { perActivation: 5e-10, perWeight: 1e-9, perLayer: 5e-4 };

export const fakeRates: Rates = {
  schema: 1,
  measuredAt: "2026-01-01T00:00:00.000Z",
  cpu: "made-up (2 cores)",
  threads: 2,
  load: 0.1,
  precision: "f32",
  flopsPerSecond: { 384: 2e11, 1024: 2.4e11 },
  step: { full: step, lora: step },
  predict: { full: predict, lora: predict },
  newShape: { step: { perLayer: 0.05, once: 0.5 }, predict: { perLayer: 0.02, once: 0.1 } },
  startSeconds: 1,
  startBytes: 4e8,
};
