/** Dots of single seeds -> one mark for each spot: what a line goes through. */
import { median } from "simple-statistics";

interface SeedMark {
  readonly source: string;
  readonly value: number;
  readonly seeds: number;
  readonly seed: number | null;
  readonly key: string | null;
}

/** The first mark of each spot as the median of all of them, with `more` of their values where its marks say more. */
export function seedMedians<Mark extends SeedMark>(
  marks: readonly Mark[],
  spotOf: (mark: Mark) => readonly unknown[],
  more: (values: readonly number[]) => Partial<Mark> = () => ({}),
): Mark[] {
  return [...Map.groupBy(marks, (mark) => JSON.stringify(spotOf(mark))).values()].map((own) => {
    const values = own.map(({ value }) => value);
    return { ...own[0], source: "median", value: median(values), seeds: own.length, seed: null, key: null, ...more(values) };
  });
}

/** From the smallest to the largest seed. */
export const endsOf = (values: readonly number[]) => ({ low: Math.min(...values), high: Math.max(...values) });
