/** Modules by their layer and kind: `encoder.layer.5.attention.self.query`. */
import type { RunConfig } from "../../experiment/config.ts";
import { encoderShapes } from "../../experiment/encoder_shapes.ts";

/** From 1, bottom to top, as papers count them; null outside the layers. */
export function layerOf(module: string): number | null {
  const found = /^encoder\.layer\.(\d+)\./.exec(module);
  return found ? Number(found[1]) + 1 : null;
}

/** Query or value, the two that paper B adapts; null elsewhere. */
export function kindOf(module: string): "query" | "value" | null {
  return (["query", "value"] as const).find((kind) => module.endsWith(`.attention.self.${kind}`)) ?? null;
}

export function topLayers(model: RunConfig["model"], count: number): Set<number> {
  const { layers } = encoderShapes[model];
  return new Set(Array.from({ length: count }, (_, i) => layers - i));
}
