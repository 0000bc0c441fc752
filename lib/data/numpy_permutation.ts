/**
 * numpy's `default_rng(seed).permutation(n)`, bit for bit: paper A's released code shuffles GLUE with it, so the rows that it trains and
 * tests on can be had again. For nothing else: this project's own draws come from `math/random.ts`.
 */

const bits32 = 0xffffffffn, bits64 = (1n << 64n) - 1n, bits128 = (1n << 128n) - 1n;

/** The numbers 0 ... n - 1 in the order that numpy gives them for a seed of at most 32 bits. */
export function numpyPermutation(seed: number, n: number): Uint32Array {
  const next = pcg64(seed), order = Uint32Array.from({ length: n }, (_, index) => index);
  for (let i = n - 1; i > 0; i--) {
    const j = below(i + 1, next);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

/** A whole number in [0, bound): of each 32-bit draw as many low bits as bound - 1 has, until they are few enough. */
function below(bound: number, next: () => number): number {
  const mask = 2 ** (32 - Math.clz32(bound - 1)) - 1;
  for (;;) {
    const value = (next() & mask) >>> 0;
    if (value < bound) return value;
  }
}

/** 32-bit draws of PCG64 (O'Neill 2014; XSL-RR, 128 bits of state): the lower half of each 64-bit output first. */
function pcg64(seed: number): () => number {
  const [high, low, streamHigh, streamLow] = seedWords(seed), increment = (streamHigh << 65n | streamLow << 1n | 1n) & bits128;
  const step = (state: bigint) => (state * 0x2360ed051fc65da44385df649fccf645n + increment) & bits128;
  let state = step((step(0n) + (high << 64n | low)) & bits128), spare: number | null = null;
  return () => {
    if (spare !== null) {
      const value = spare;
      spare = null;
      return value;
    }
    state = step(state);
    const mixed = (state >> 64n ^ state) & bits64, turn = state >> 122n;
    const output = (mixed >> turn | mixed << (64n - turn)) & bits64;
    spare = Number(output >> 32n);
    return Number(output & bits32);
  };
}

/** Four 64-bit words from a seed: numpy's SeedSequence, with a pool of four 32-bit words. */
function seedWords(seed: number): bigint[] {
  const scramble = (constant: number, multiplier: number) => (value: number) => {
    const mixed = value ^ constant;
    constant = Math.imul(constant, multiplier);
    const product = Math.imul(mixed, constant);
    return product ^ product >>> 16;
  };
  const hash = scramble(0x43b0d7e5, 0x931e8875), pool = [seed, 0, 0, 0].map(hash);
  for (let from = 0; from < 4; from++) {
    for (let to = 0; to < 4; to++) {
      if (from === to) continue;
      const mixed = Math.imul(0xca01f9dd, pool[to]) - Math.imul(0x4973f715, hash(pool[from]));
      pool[to] = mixed ^ mixed >>> 16;
    }
  }
  const draw = scramble(0x8b51f9dd, 0x58f38ded), words = Array.from({ length: 8 }, (_, index) => BigInt(draw(pool[index % 4]) >>> 0));
  return [0, 2, 4, 6].map((index) => words[index + 1] << 32n | words[index]);
}
