/** Paper B's figures as their marks, for tests. */
import type { RunRecord } from "../../lib/experiment/record.ts";
import type { Figure } from "../../lib/figure/figure.ts";
import type { Mark } from "../../lib/figure/paper_b/mark.ts";
import { paperCurves } from "../../lib/figure/paper.ts";
import { figures } from "../../lib/figure/registry.ts";

/** A figure by its id. */
export const draw = <R extends object = Mark>(id: string, records: readonly RunRecord[]) =>
  figures.find((figure) => figure.id === id)!.draw(records, paperCurves()) as Figure<R>;

/** Its marks with these values. */
export const find = <R extends object>({ rows }: Figure<R>, wanted: Partial<R>): R[] =>
  rows.filter((row) => Object.entries(wanted).every(([name, value]) => row[name as keyof R] === value));
