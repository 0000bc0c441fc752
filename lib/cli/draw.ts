/** Figures into files: `figures/<id>.vl.json` (spec), `.svg` (picture), `.rows.json` (the numbers drawn). */
import { join } from "node:path";
import { writeWhole } from "../assets/write_whole.ts";
import type { Experiment } from "../experiment/experiments.ts";
import type { DigestsOf } from "../experiment/inputs.ts";
import type { RunRecord } from "../experiment/record.ts";
import { planSweep } from "../experiment/sweep.ts";
import type { Figure } from "../figure/figure.ts";
import { paperCurves } from "../figure/paper.ts";
import { figures } from "../figure/registry.ts";
import { renderSvg } from "../figure/svg.ts";
import { sentence } from "./errors.ts";
import type { Selection } from "./options.ts";

/** Draws a figure of this id, if there is one, from its experiment's records. */
export async function drawFigure(id: string, records: readonly RunRecord[]): Promise<Figure | null> {
  return await figures.find((figure) => figure.id === id)?.draw(records, paperCurves()) ?? null;
}

/** What is said of a figure that could not be drawn; with LOWRANK_DEBUG=1 its stack as well. */
export const undrawn = (id: string, error: Error): string => `${id} is not drawn: ${sentence(error)}`;

export async function writeFigure(figure: Figure, outputs: string): Promise<void> {
  const path = join(outputs, "figures", figure.id);
  await writeWhole(`${path}.vl.json`, JSON.stringify(figure.spec) + "\n");
  await writeWhole(`${path}.svg`, await renderSvg(figure));
  await writeWhole(`${path}.rows.json`, JSON.stringify(figure.rows, null, 1) + "\n");
}

export interface Redraw {
  /** Takes a record in without drawing. */
  add(record: RunRecord): void;
  /** Draws every figure that the record belongs to. */
  draw(record: RunRecord): Promise<void>;
}

/** Keeps a selection's figures up to date while its runs land. A figure that cannot be drawn is told once and stops nothing. */
export async function createRedraw(
  { experiments, profile, seeds, outputs }: Selection,
  digestsOf: DigestsOf,
  say: (line: string) => void,
): Promise<Redraw> {
  const keysOf = async ({ configs }: Experiment) => new Set((await planSweep(configs(profile, seeds), digestsOf)).map(({ key }) => key));
  const members = await Promise.all(experiments.map(async (experiment) => ({ id: experiment.id, keys: await keysOf(experiment) })));
  const records = new Map<string, RunRecord>(), told = new Set<string>();
  const add = (record: RunRecord) => void records.set(record.key, record);
  async function draw(record: RunRecord): Promise<void> {
    add(record);
    for (const { id, keys } of members.filter(({ keys }) => keys.has(record.key))) {
      try {
        const figure = await drawFigure(id, [...records.values()].filter(({ key }) => keys.has(key)));
        if (figure) await writeFigure(figure, outputs);
      } catch (error) {
        if (!told.has(id)) say(undrawn(id, error as Error));
        told.add(id);
      }
    }
  }
  return { add, draw };
}
