/** Modules and weights by the layer that they are in: `encoder.layer.5.attention.self.query`. */

/** The layer, from 0, bottom to top, and the name within it; null outside the layers, of embeddings and head. */
export function placeOf(name: string): { readonly layer: number; readonly within: string } | null {
  const found = /^encoder\.layer\.(\d+)\.(.+)$/.exec(name);
  return found && { layer: Number(found[1]), within: found[2] };
}

/** The layer alone. */
export const layerOf = (name: string): number | null => placeOf(name)?.layer ?? null;
