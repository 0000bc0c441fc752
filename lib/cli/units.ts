/** Numbers as a reader wants them. */

/** `48 s`, `14 min 05 s`, `3 h 20 min`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
  return `${Math.floor(whole / 3600)} h ${String(Math.floor(whole % 3600 / 60)).padStart(2, "0")} min`;
}

/** The same in one unit, for what is a forecast: `48 s`, `14 min`, `3.3 h`. */
export function roughly(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds)), minutes = Math.round(whole / 60);
  return whole < 60 ? `${whole} s` : minutes < 60 ? `${minutes} min` : `${(whole / 3600).toFixed(1)} h`;
}

/** `274 MB`, `1.9 GB`: decimal units. */
export function bytes(count: number): string {
  return count < 1e9 ? `${Math.round(count / 1e6)} MB` : `${(count / 1e9).toFixed(1)} GB`;
}

/** A fraction without its zero: `.763`. */
export function fraction(value: number): string {
  return value.toFixed(3).replace(/^(-?)0\./, "$1.");
}
