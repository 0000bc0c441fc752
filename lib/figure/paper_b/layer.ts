/** Modules by their layer and kind: `encoder.layer.5.attention.self.query`. */
import type { RunConfig } from "../../experiment/config.ts";
import { encoderShapes } from "../../experiment/encoder_shapes.ts";
import { layerOf as layerFromZero } from "../../model/layer.ts";
import { rescaledLayers } from "../../train/rora/rescale.ts";

/** From 1, bottom to top, as papers count them; null outside the layers. */
export function layerOf(module: string): number | null {
  const layer = layerFromZero(module);
  return layer === null ? null : layer + 1;
}

/** Query or value, the two that paper B adapts; null elsewhere. */
export function kindOf(module: string): "query" | "value" | null {
  return (["query", "value"] as const).find((kind) => module.endsWith(`.attention.self.${kind}`)) ?? null;
}

/** Those that a rescaling of so many top layers takes, from 1. */
export function topLayers(model: RunConfig["model"], count: number): Set<number> {
  return new Set(rescaledLayers(encoderShapes[model].layers, { layers: count, place: "top" }).map((layer) => layer + 1));
}
