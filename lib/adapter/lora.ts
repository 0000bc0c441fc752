/**
 * LoRA (Hu et al. 2022): W stays, W + (alpha / r) B A is what the module computes with. A: [r, in], B: [out, r]; one of them starts at 0.
 */
import type { Rng } from "../math/random.ts";
import type { Adapter } from "./adapter.ts";
import { type Factors, lowRankAdapter } from "./low_rank.ts";
import type { InitScheme, Lora } from "./method.ts";
import type { Start } from "./start.ts";

export function loraAdapter(method: Lora, start: Start, rng: Rng): Adapter {
  return lowRankAdapter(method, start, ({ name, in: size, out }) => initialFactors(method, size, out, rng.fork(name)), method.trainA);
}

/** Both factors of one module: the one that starts at 0 keeps the product there. B is drawn as A is, with its own number of inputs, r. */
export function initialFactors(method: Omit<Lora, "name">, size: number, out: number, rng: Rng): Factors {
  const { rank, zero } = method;
  const a = zero === "A" ? new Float32Array(rank * size) : initialA(method, size, rng);
  const b = zero === "B" ? new Float32Array(out * rank) : initialA({ ...method, rank: out }, rank, rng);
  return { a: { shape: [rank, size], data: a }, b: { shape: [out, rank], data: b } };
}

/**
 * Draws A with Var(A) = k / n_in (paper A, section 3.2 and appendix E.2; k = 1/3 is Kaiming-uniform's default).
 * Xavier-normal: the released code's gain sqrt(k), so the variance is 2 k / (r + n_in).
 */
export function initialA(method: { rank: number; init: InitScheme; initVariance: number }, size: number, rng: Rng): Float32Array {
  const { rank, init, initVariance: k } = method;
  const draw = draws[init](k, size, rank, rng);
  return Float32Array.from({ length: rank * size }, draw);
}

const draws: Record<InitScheme, (k: number, size: number, rank: number, rng: Rng) => () => number> = {
  "kaiming-uniform": (k, size, _rank, rng) => {
    const bound = Math.sqrt(3 * k / size);
    return () => (2 * rng.uniform() - 1) * bound;
  },
  gaussian: (k, size, _rank, rng) => () => Math.sqrt(k / size) * rng.normal(),
  "xavier-normal": (k, size, rank, rng) => () => Math.sqrt(2 * k / (rank + size)) * rng.normal(),
};
