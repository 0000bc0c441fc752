/** `0.4 %` for 0.004: three digits, trailing zeros left out. */
export function percent(fraction: number): string {
  return `${Number((fraction * 100).toPrecision(3))} %`;
}
