/** GELU in the erf form, as BERT has it: x Phi(x), Phi the standard normal distribution function. */
import erfc from "@stdlib/math-base-special-erfc";

const Phi = (x: number): number => erfc(-x / Math.SQRT2) / 2;

export const gelu = (x: number): number => x * Phi(x);

/** Phi(x) + x phi(x). */
export const geluSlope = (x: number): number => Phi(x) + x * Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
