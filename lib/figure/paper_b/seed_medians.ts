/** Dots of single seeds -> one mark for each spot: what a line goes through. */
import { median } from "simple-statistics";

interface SeedMark {
  readonly source: "run" | "median" | "paper";
  readonly value: number;
  readonly seeds: number;
  readonly seed: number | null;
  readonly key: string | null;
}

/** The first mark of each spot as the median of all of them. */
export function seedMedians<Mark extends SeedMark>(
  marks: readonly Mark[],
  spotOf: (mark: Mark) => readonly unknown[],
): Mark[] {
  return [...Map.groupBy(marks, (mark) => JSON.stringify(spotOf(mark))).values()].map((own) => ({
    ...own[0],
    source: "median",
    value: median(own.map(({ value }) => value)),
    seeds: own.length,
    seed: null,
    key: null,
  }));
}
