/** Runs that were read at several scales after training, and what Proposition 4.2's straight lines say of each scale. */
import type { ChainRow } from "../../experiment/chain_rows.ts";
import type { Placed, Spot } from "./mark.ts";

type SpotAt = (row: ChainRow, scale: number) => Spot;

export const trainedScale = ({ method }: ChainRow): number => method.name === "full" ? 1 : method.alpha / method.rank;

/** A run at each of its scales, and at the one that it was trained with. */
export function atEveryScale(row: ChainRow, spotAt: SpotAt): Placed[] {
  const trained = trainedScale(row), others = row.atScales.filter(({ scale }) => scale !== trained);
  return [{ scale: trained, ...row }, ...others].map((measures) => ({ row, measures, spot: spotAt(row, measures.scale) }));
}

/** What the margins' straight lines say of each scale. */
export const foretoldAt = (row: ChainRow, spotAt: SpotAt) =>
  (row.network?.predicted ?? []).map(({ scale, attackSuccessRate }) => ({ row, spot: spotAt(row, scale), value: attackSuccessRate }));
