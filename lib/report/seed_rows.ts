/** Runs or studies that differ in their seed alone, as one row of a table. */
import { mean } from "../math/statistics.ts";

/** A number of one run or study; null, or not finite, where it has none. */
export type SeedMeasure<One> = (one: One) => number | null | undefined;

/**
 * A row for each of what `line` tells apart: its columns, how many runs a measure was found in (`2 to 5` where the measures differ), and each measure's
 * mean with its smallest and largest, or with `ends: false` the mean alone. A measure without a value is left empty.
 */
export function seedRows<One, Line extends Record<string, string | number>>(
  ones: readonly One[],
  line: (one: One) => Line,
  measures: Readonly<Record<string, SeedMeasure<One>>>,
  { ends = true } = {},
): (Line & Record<string, string | number | null>)[] {
  return [...Map.groupBy(ones, (one) => JSON.stringify(line(one))).values()].map((own) => {
    const found = Object.entries(measures).map(([name, of]) => {
      const values = own.map(of).filter((value): value is number => typeof value === "number" && Number.isFinite(value));
      return { name, values };
    });
    const cells = found.map(({ name, values }) => [name, values.length === 0 ? null : ends ? withEnds(values) : mean(values)]);
    return { ...line(own[0]), seeds: countText(found.map(({ values }) => values.length)), ...Object.fromEntries(cells) };
  });
}

/** `0.751 (0.718 to 0.782)`; a single value stands alone. */
function withEnds(values: readonly number[]): string | number {
  return values.length === 1 ? values[0] : `${short(mean(values))} (${short(Math.min(...values))} to ${short(Math.max(...values))})`;
}

const short = (value: number): string => String(Number(value.toPrecision(3)));

/** Of the measures that have values at all. */
function countText(counts: readonly number[]): string | number {
  const known = counts.filter((count) => count > 0), least = Math.min(...known), most = Math.max(...known);
  return known.length === 0 ? 0 : least === most ? most : `${least} to ${most}`;
}
