/** Fisher spectra of random nets in both arms, drawn once: what the orderings of appendices A.5 and A.6 are held against. */
import { informationBits, renyiEntropy } from "../../ntk/information.ts";
import { dot, gradient, type Layer } from "../../ntk/network.ts";
import { gramMatrix, spectrumOf } from "../../ntk/spectrum.ts";
import { drawNet, theoryRng } from "../draws.ts";
import { type GramOrder, gramOrder } from "../gram_order.ts";
import { fisherSpectrum, gradientsOf, type Pair } from "../quantities.ts";
import { adaptFrom, randomSamples, shrunk } from "./instances.ts";

export const instances = 1000;

export const traceBits = (spectrum: Float64Array): number => informationBits(spectrum, "trace");
export const rawEntropy = (alpha: number) => (spectrum: Float64Array): number => renyiEntropy(spectrum, alpha, "raw");

interface OneLayer {
  /** LoRA's squared gradient norm minus full fine-tuning's at one sample, where only sigma^2 < 1/n and r <= n are asked. */
  readonly asStated: number;
  /** The same where s^2 A^T A <= I. */
  readonly asNeeded: number;
  /** Spectra over three samples where s^2 A^T A <= I. */
  readonly spectra: Pair;
}

let oneLayer: readonly OneLayer[] | undefined;

/** Nets 4-8-2 with LoRA on the second layer and W_1 trained in both arms: r in 1..8 and k in (0, 1) drawn, s = 1. */
export function oneLayerInstances(): readonly OneLayer[] {
  return oneLayer ??= Array.from({ length: instances }, (_, i) => {
    const rng = theoryRng.fork("A-40").fork(i),
      ff = drawNet([4, 8, 2], rng),
      samples = randomSamples(3, 4, 2, rng.fork("x")),
      draw = rng.fork("draw");
    const stated = adaptFrom(1, ff, { rank: 1 + draw.integer(8), initVariance: draw.uniform(), scale: 1 }, rng.fork("A")), needed = shrunk(stated);
    const information = (layers: readonly Layer[]) => {
      const g = gradient(layers, samples[0].x, samples[0].label);
      return dot(g, g);
    };
    return {
      asStated: information(stated) - information(ff),
      asNeeded: information(needed) - information(ff),
      spectra: { ff: fisherSpectrum(ff, samples), lora: fisherSpectrum(needed, samples) },
    };
  });
}

interface AllLayers {
  /** With sigma^2 <= 1/n and r <= n, at s = 1 (alpha = r) with k drawn from (0, 1], at s = 2 (alpha = 2r) with k = 1/3. */
  readonly asStated: Record<1 | 2, readonly Pair[]>;
  /** The nets at s = 2 with every s^2 A^T A <= I. */
  readonly asNeeded: readonly (Pair & GramOrder)[];
}

let allLayers: AllLayers | undefined;

/** Nets 8-8-8-2 with LoRA on every layer: r in 1..8 drawn; spectra over four samples. */
export function allLayersInstances(): AllLayers {
  if (allLayers) return allLayers;
  const drawn = Array.from({ length: instances }, (_, i) => {
    const rng = theoryRng.fork("A-46").fork(i), ff = drawNet([8, 8, 8, 2], rng), samples = randomSamples(4, 8, 2, rng.fork("x"));
    const rank = 1 + rng.fork("rank").integer(8), gram = gramMatrix(gradientsOf(ff, samples)), spectrum = spectrumOf(gram);
    const adapted = (scale: number, initVariance: number) => adaptFrom(0, ff, { rank, initVariance, scale }, rng.fork("A"));
    const pair = (layers: readonly Layer[]): Pair => ({ ff: spectrum, lora: fisherSpectrum(layers, samples) });
    const needed = shrunk(adapted(2, 1 / 3)), own = gramMatrix(gradientsOf(needed, samples));
    return {
      one: pair(adapted(1, 1 - rng.fork("k").uniform())),
      two: pair(adapted(2, 1 / 3)),
      needed: { ff: spectrum, lora: spectrumOf(own), ...gramOrder(gram, own, needed, samples) },
    };
  });
  return allLayers = { asStated: { 1: drawn.map(({ one }) => one), 2: drawn.map(({ two }) => two) }, asNeeded: drawn.map(({ needed }) => needed) };
}
