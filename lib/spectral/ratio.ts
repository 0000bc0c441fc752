/** How strong an update is beside its weight (paper B, Figure 1), and the scale that makes both equal (equation 12). */

export interface SpectralRatio {
  /** sigma_max(W_pre) / sigma_max(BA); null where BA is zero. */
  readonly unscaled: number | null;
  /** sigma_max(W_pre) / sigma_max(s BA), the update as the layer computes with it. */
  readonly scaled: number | null;
}

/** From the largest singular values of W_pre and of BA (without s). The figure does not say which of the two it shows. */
export function spectralRatio(sigmaPre: number, sigmaDelta: number, scale: number): SpectralRatio {
  const over = (sigma: number) => sigma > 0 ? sigmaPre / sigma : null;
  return { unscaled: over(sigmaDelta), scaled: over(Math.abs(scale) * sigmaDelta) };
}

/** The s of W + s BA with sigma_max(s BA) = sigma_max(W_pre): it stands in the place of alpha / r, not beside it. */
export function matchedScale(sigmaPre: number, sigmaDelta: number): number {
  if (!(sigmaPre >= 0 && sigmaDelta > 0 && Number.isFinite(sigmaPre / sigmaDelta))) {
    throw new RangeError(`Cannot match spectra as the update must have a largest singular value above 0: ${sigmaDelta}, the weight's: ${sigmaPre}`);
  }
  return sigmaPre / sigmaDelta;
}
