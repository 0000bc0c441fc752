/**
 * Pt, post-training rescaling (paper B, equation 12): after training s := sigma_max(W) / sigma_max(dW) replaces alpha / r in the top blocks,
 * each module by its own. W is the pretrained weight, unless `weight` says that it is what PiSSA and OLoRA left of it. The model's
 * computation stays as it is: the new scale goes into the tensors.
 */
import { leadingSingular } from "../../adapter/leading.ts";
import { withoutProduct } from "../../adapter/low_rank.ts";
import { type LowRankMethod, scaleOf } from "../../adapter/method.ts";
import type { Encoder } from "../../model/encoder.ts";
import { layerOf } from "../../model/layer.ts";
import type { StoredTensor } from "../../model/safetensors.ts";
import { adaptedModules, residualOf } from "./modules.ts";
import type { PostTraining } from "./rora.ts";
import { factorsOf, sigmaOfUpdate, startOf } from "./update.ts";

type Tensors = ReadonlyMap<string, StoredTensor>;

export interface Rescaled {
  readonly trained: ReadonlyMap<string, StoredTensor>;
  readonly fixed: ReadonlyMap<string, StoredTensor>;
  /** The s of each rescaled module; the others keep alpha / r. */
  readonly scales: ReadonlyMap<string, number>;
}

/**
 * An adapter's tensors after rescaling. Folded into B where dW = B A. Where it is B A - B_0 A_0, what the factors were taken out of moves
 * too: W + s (B A - B_0 A_0). A module that training left where it was keeps alpha / r, as dW = 0 has no scale. DoRA's magnitudes are kept,
 * so there s turns a row more than it lengthens it.
 * @param encoder the pretrained one
 * @param trained as training left them
 */
export function rescale(
  method: LowRankMethod,
  encoder: Encoder,
  { trained, fixed }: { trained: Tensors; fixed: Tensors },
  pt: PostTraining,
): Rescaled {
  const moved = { trained: new Map(trained), fixed: new Map(fixed) }, scales = new Map<string, number>(), usual = scaleOf(method);
  for (const name of modulesIn(encoder, trained, pt)) {
    const weight = encoder.weights.get(`${name}.weight`)!, factors = factorsOf({ trained, fixed }, name), { b } = factors;
    const start = pt.delta === "BA" ? null : startOf(method, weight), { values: [sigma] } = sigmaOfUpdate(factors, start);
    if (sigma === 0) continue;
    const over = pt.weight === "residual" ? residualOf(name, encoder.weights, fixed) : weight;
    const scale = pt.scale === "spectral" ? leadingSingular(over, 1).s[0] / sigma : pt.scale;
    moved.trained.set(`${name}.lora_B`, { shape: b.shape, data: b.data.map((x) => x * scale / usual) });
    if (start) moved.fixed.set(`${name}.weight`, withoutProduct(weight, start.b, start.a, scale));
    scales.set(name, scale);
  }
  return { ...moved, scales };
}

/** Which of an encoder's layers are rescaled, from 0, bottom to top. */
export function rescaledLayers(all: number, { layers, place }: Pick<PostTraining, "layers" | "place">): number[] {
  const left = all - layers, first = { top: left, middle: Math.floor(left / 2), bottom: 0 }[place];
  return Array.from({ length: layers }, (_, i) => first + i);
}

function modulesIn({ config }: Encoder, trained: Tensors, pt: PostTraining): string[] {
  const layers = new Set<number | null>(rescaledLayers(config.layers, pt));
  return adaptedModules(config, trained).filter((name) => layers.has(layerOf(name))); // the pooler is in none
}
