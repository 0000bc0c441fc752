/**
 * Counter-based random streams: Philox4x32-10 (Salmon et al. 2011), keyed by the path of names that leads to the stream. A draw is
 * a function of (path, index): adding a draw in one stage shifts nothing elsewhere, and row i of a data set gets the same draw
 * whatever was drawn before it.
 */
import { createHash } from "node:crypto";

export interface Rng {
  /** Names from the root to this stream, for messages and records. */
  readonly path: string;
  /** An independent stream from its first draw on: the same name gives the same stream, and `a/b` is the same as `a`, then `b`. */
  fork(name: string | number): Rng;
  /** The index-th uniform draw of this stream, in [0, 1), for a whole index >= 0. Pure: no state moves. */
  uniformAt(index: number): number;
  /** The next uniform draw in [0, 1). */
  uniform(): number;
  /** The next standard normal draw (Box-Muller). */
  normal(): number;
  /** The next integer in [0, bound). */
  integer(bound: number): number;
  /** A shuffled copy (Fisher-Yates). */
  shuffle<T>(items: readonly T[]): T[];
  /** Two int32 seeds for TensorFlow's stateless random ops. */
  seeds(): [number, number];
}

/** One block of Philox4x32-10: four 32-bit words from a 128-bit counter and a 64-bit key. */
export function philox(counter: readonly number[], key: readonly number[]): [number, number, number, number] {
  let [c0, c1, c2, c3] = counter.map((x) => x >>> 0);
  let [k0, k1] = key.map((x) => x >>> 0);
  for (let round = 0; round < 10; round++) {
    const [h0, l0] = multiply(0xd2511f53, c0), [h1, l1] = multiply(0xcd9e8d57, c2);
    [c0, c1, c2, c3] = [(h1 ^ c1 ^ k0) >>> 0, l1, (h0 ^ c3 ^ k1) >>> 0, l0];
    k0 = (k0 + 0x9e3779b9) >>> 0;
    k1 = (k1 + 0xbb67ae85) >>> 0;
  }
  return [c0, c1, c2, c3];
}

/** The high and low 32-bit words of a 64-bit product. */
function multiply(a: number, b: number): [number, number] {
  const aLow = a & 0xffff, aHigh = a >>> 16, bLow = b & 0xffff, bHigh = b >>> 16;
  const low = aLow * bLow;
  const middle = aHigh * bLow + (low >>> 16);
  const middle2 = aLow * bHigh + (middle & 0xffff);
  const high = aHigh * bHigh + Math.floor(middle / 0x10000) + (middle2 >>> 16);
  return [high >>> 0, Math.imul(a, b) >>> 0];
}

/** The root stream of a seed; the same seed and the same names give the same draws on every machine. */
export function createRng(seed: number | string): Rng {
  return stream(String(seed));
}

function stream(path: string): Rng {
  const digest = createHash("sha256").update(path).digest();
  const key = [digest.readUInt32LE(0), digest.readUInt32LE(4)];
  const tag = [digest.readUInt32LE(8), digest.readUInt32LE(12)];
  const words = (index: number) => philox([index >>> 0, Math.floor(index / 2 ** 32), ...tag], key);
  const uniformAt = (index: number) => {
    const [a, b] = words(index);
    return ((a >>> 5) * 2 ** 26 + (b >>> 6)) / 2 ** 53;
  };
  let next = 0, spare: number | undefined;
  const uniform = () => uniformAt(next++);
  const integer = (bound: number) => Math.floor(uniform() * bound);
  return {
    path,
    fork: (name) => stream(`${path}/${name}`),
    uniformAt,
    uniform,
    normal() {
      if (spare !== undefined) {
        const value = spare;
        spare = undefined;
        return value;
      }
      const radius = Math.sqrt(-2 * Math.log(1 - uniform())), angle = 2 * Math.PI * uniform();
      spare = radius * Math.sin(angle);
      return radius * Math.cos(angle);
    },
    integer,
    shuffle<T>(items: readonly T[]) {
      const copy = [...items];
      for (let i = copy.length - 1; i > 0; i--) {
        const j = integer(i + 1);
        [copy[i], copy[j]] = [copy[j], copy[i]];
      }
      return copy;
    },
    seeds() {
      const [a, b] = words(2 ** 40); // no stream's next() gets that far
      return [a | 0, b | 0];
    },
  };
}
