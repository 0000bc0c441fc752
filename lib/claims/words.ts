/** Numbers in a ledger's sentences. */

/** A fraction in percentage points with its sign: `+3.1`. */
export function points(fraction: number): string {
  return signed(fraction * 100, 1);
}

/** A mean over seeds with its interval, which one seed has not. */
export interface Interval {
  readonly mean: number;
  readonly low: number | null;
  readonly high: number | null;
}

/** `+0.40 [+0.31, +0.49]`: numbers as `say` has them, the mean with its unit. */
export function withInterval({ mean, low, high }: Interval, say: (value: number) => string, unit = ""): string {
  return `${say(mean)}${unit}${low === null || high === null ? "" : ` [${say(low)}, ${say(high)}]`}`;
}

/** `+3.1 points [+1.0, +5.2]`. */
export const pointsInterval = (interval: Interval): string => withInterval(interval, points, " points");

/** Kendall's tau: `tau +0.80`. */
export const tau = ({ mean }: Pick<Interval, "mean">): string => `tau ${signed(mean, 2)}`;

/** A number with its sign: `+0.40`, `−0.40`; none for 0 and for what is below it and rounds to 0. */
export function signed(value: number, digits: number): string {
  const text = value.toFixed(digits);
  return value > 0 ? `+${text}` : text.replace("-", "−").replace(/^−(0\.?0*)$/, "$1");
}

/** Names once each, as a list. */
export function list(names: readonly (string | number)[]): string {
  return [...new Set(names)].join(", ");
}
