/** One cell of a heat map of Figure 3, and of its surface. */

/** One coloured cell. `left` ... `top` is where it is drawn, `rank` and `initVariance` what its value belongs to. */
export interface EntropyRow {
  readonly panel: "published" | "derived" | "renyiHalf" | "derivedRenyiHalf" | "shannon" | "derivedShannon";
  readonly rank: number;
  /** k: Var(A) = k / n. */
  readonly initVariance: number;
  readonly left: number;
  readonly right: number;
  readonly bottom: number;
  readonly top: number;
  readonly value: number;
  /** Over draws of A; null where nothing was drawn. */
  readonly standardDeviation: number | null;
  readonly draws: number;
}
