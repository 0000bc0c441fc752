/** Numbers in a ledger's sentences. */

/** A fraction in percentage points with its sign: `+3.1`. */
export function points(fraction: number): string {
  return signed(fraction * 100, 1);
}

/** `+3.1 points [+1.0, +5.2]`; no interval from one seed. */
export function pointsInterval({ mean, low, high }: { mean: number; low: number | null; high: number | null }): string {
  return `${points(mean)} points${low === null || high === null ? "" : ` [${points(low)}, ${points(high)}]`}`;
}

/** A number with its sign: `+0.40`, `−0.40`; none for 0 and for what is below it and rounds to 0. */
export function signed(value: number, digits: number): string {
  const text = value.toFixed(digits);
  return value > 0 ? `+${text}` : text.replace("-", "−").replace(/^−(0\.?0*)$/, "$1");
}

/** `1 seed`, `3 seeds`. */
export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}

/** Names once each, as a list. */
export function list(names: readonly (string | number)[]): string {
  return [...new Set(names)].join(", ");
}
