/** Every adapted module's update beside its pretrained weight: largest singular values and the directions that go with them (paper B, Figures 1 and 2). */
import type { Adapter } from "../adapter/adapter.ts";
import { leadingSingular } from "../adapter/leading.ts";
import { scaleOf } from "../adapter/method.ts";
import type { Encoder } from "../model/encoder.ts";
import { alignment, comparedDirections } from "../spectral/alignment.ts";
import { adaptedModules } from "../train/rora/modules.ts";
import { factorsOf, sigmaOfUpdate, startOf } from "../train/rora/update.ts";
import type { RunConfig } from "./config.ts";
import type { ModuleSpectrum } from "./record.ts";

/**
 * @param encoder the one that the run started from
 * @param adapter as training left it
 */
export function spectraOf({ method }: RunConfig, encoder: Encoder, { trained, fixed }: Adapter): ModuleSpectrum[] {
  if (method.name === "full") return [];
  return adaptedModules(encoder.config, trained).map((module) => {
    const weight = encoder.weights.get(`${module}.weight`)!, { u, s, v } = leadingSingular(weight, comparedDirections);
    const update = sigmaOfUpdate(factorsOf({ trained, fixed }, module), startOf(method, weight));
    const cosines = update.values[0] > 0 ? alignment(update, { u, v }) : { left: null, right: null };
    return { module, pretrained: s[0], update: update.values[0], scale: scaleOf(method), ...cosines };
  });
}
