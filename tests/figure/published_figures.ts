/** Every figure from the records in the repository: what a reader sees who has only these. */
import { collect } from "../../lib/experiment/collect.ts";
import { selectExperiments } from "../../lib/experiment/experiments.ts";
import { createDigests } from "../../lib/experiment/inputs.ts";
import { profileNamed } from "../../lib/experiment/profiles.ts";
import { openPublished } from "../../lib/experiment/published.ts";
import type { RunRecord } from "../../lib/experiment/record.ts";
import type { Figure } from "../../lib/figure/figure.ts";
import { paperCurves } from "../../lib/figure/paper.ts";
import { figures } from "../../lib/figure/registry.ts";

export interface PublishedFigure {
  readonly figure: Figure;
  readonly paper: "a" | "b";
  readonly records: readonly RunRecord[];
}

/** In the registry's order, of the quick profile. */
export async function publishedFigures(): Promise<PublishedFigure[]> {
  const source = await openPublished(), digestsOf = createDigests(), profile = profileNamed("quick"), drawn: PublishedFigure[] = [];
  for (const { id, draw } of figures) {
    const [{ paper, configs }] = selectExperiments([id]), records = await collect(configs(profile), source, digestsOf);
    drawn.push({ figure: await draw(records, paperCurves()), paper, records });
  }
  return drawn;
}
