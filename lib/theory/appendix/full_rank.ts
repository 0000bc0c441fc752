/** Appendix A.4, proof of Corollary 3.5: the Gram matrix of a square A (paper A, equations 37-39). */
import { mean, standardDeviation } from "../../math/statistics.ts";
import { multiply } from "../../math/matrix.ts";
import { differenceSpectrum, drawA } from "../../ntk/lora_spectrum.ts";
import { dot } from "../../ntk/network.ts";
import { atLeast, atMost, type CellDefinition, equals, type TheoremCell } from "../check.ts";
import { diagonalOf, gramOf, largest, theoryRng } from "./instances.ts";

export const fullRankCells: readonly CellDefinition[] = [{ id: "A-37", section: "A.4", compute: gramOfSquare }];

export interface FullRank {
  readonly n: number;
  /** ||A^T A - I||_2 */
  readonly spectralDistance: number;
  /** ||A^T A - I||_F^2 / n */
  readonly frobenius: number;
  /** v^T A^T A v for v = 1 / sqrt(n) in every entry. */
  readonly fixedForm: number;
  /** Mean of the diagonal of A^T A. */
  readonly diagonal: number;
  /** Mean of the entries off the diagonal of A^T A, and their standard deviation. */
  readonly offDiagonal: number;
  readonly offDiagonalSd: number;
}

let measured: readonly FullRank[] | undefined;

/** One square Gaussian A with variance 1 / n at n = 128, 256, 512 and 1024; drawn once, for several cells read it. */
export function fullRankDraws(): readonly FullRank[] {
  return measured ??= [128, 256, 512, 1024].map((n) => {
    const A = drawA({ rank: n, init: "gaussian", initVariance: 1 }, n, theoryRng("A-37").fork(n)), spectrum = differenceSpectrum(A);
    const columnSums = new Float64Array(n), rowSums = new Float64Array(n);
    A.data.forEach((a, at) => (columnSums[at % n] += a * a, rowSums[Math.floor(at / n)] += a));
    const trace = dot(A.data, A.data), all = dot(rowSums, rowSums), squares = spectrum.reduce((sum, value) => sum + (value + 1) ** 2, 0);
    const pairs = n * (n - 1), offDiagonal = (all - trace) / pairs; // 1^T A^T A 1 is the sum of all entries
    return {
      n,
      spectralDistance: largest(spectrum.map(Math.abs)),
      frobenius: spectrum.reduce((sum, value) => sum + value ** 2, 0) / n,
      fixedForm: all / n,
      diagonal: trace / n,
      offDiagonal,
      offDiagonalSd: Math.sqrt((squares - dot(columnSums, columnSums)) / pairs - offDiagonal ** 2),
    };
  });
}

const small = 4, draws = 2000;

/** E[A^T A] and E[sum_u A_{u,p} A_{q,u}], the printed sum, for n = 4: mean diagonals over the draws. */
function sums(): { gram: number[]; printed: number[] } {
  const rng = theoryRng("A-37 sums"), diagonal = (values: number[]) => mean(values);
  const drawn = Array.from({ length: draws }, (_, i) => {
    const A = drawA({ rank: small, init: "gaussian", initVariance: 1 }, small, rng.fork(i));
    return [diagonal(diagonalOf(gramOf(A))), diagonal(diagonalOf(multiply(A, A)))]; // sum_u A_{u,p} A_{q,u} = (A A)_{q,p}
  });
  return { gram: drawn.map(([gram]) => gram), printed: drawn.map(([, printed]) => printed) };
}

function gramOfSquare(): TheoremCell {
  const { gram, printed } = sums(), error = (values: number[]) => 4 * standardDeviation(values)! / Math.sqrt(draws);
  const all = fullRankDraws(), last = all[all.length - 1], sizes = "$n=128,256,512,1024$";
  return {
    id: "A-37",
    title: "Proof of Corollary 3.5, equations 37-39",
    statement: "For $r=n$ and $\\sigma^2=1/n$ the entries of $A^TA$ have the expectations of $I$'s entries, and the text concludes " +
      "$A^TA\\to I$ for $n\\to\\infty$.",
    steps: [
      {
        form: "printed",
        line: "Equation 37: $(A^TA)_{p,q}=\\sum_uA_{u,p}A_{q,u}$.",
        checks: [equals(mean(printed), mean(gram), {
          what: `$n=4$, ${draws} draws: mean diagonal of the printed sum against that of $A^TA$`,
          tolerance: error(printed),
          counterExample: "The printed sum is $(AA)_{q,p}$, whose diagonal has the expectation $\\sigma^2=1/n$, not 1.",
        })],
      },
      {
        form: "corrected",
        line: "$(A^TA)_{p,q}=\\sum_uA_{u,p}A_{u,q}$.",
        checks: [equals(mean(gram), 1, { what: `$n=4$, ${draws} draws: mean diagonal, within 4 standard errors`, tolerance: error(gram) })],
      },
      {
        form: "shared",
        line: "Equation 38, off the diagonal: two independent entries of mean 0, so the expectation is 0.",
        checks: [atMost(all.map(({ offDiagonal }) => Math.abs(offDiagonal)), all.map(({ n }) => 4 * Math.sqrt(2 / n / n / (n - 1))), {
          what: `${sizes}: mean over the entries against 4 standard errors`,
          claims: ["A-A.4-4"],
        })],
      },
      {
        form: "shared",
        line: "Equation 39, on the diagonal: $n\\sigma^2=1$.",
        checks: [atMost(all.map(({ diagonal }) => Math.abs(diagonal - 1)), all.map(({ n }) => 4 * Math.sqrt(2) / n), {
          what: `${sizes}: distance of the mean diagonal from 1 against 4 standard errors`,
          claims: ["A-A.4-4"],
        })],
      },
      {
        form: "printed",
        line: "Therefore $A^TA\\to I$ for $n\\to\\infty$.",
        checks: [atMost(last.spectralDistance, all[0].spectralDistance / 2, {
          what: "$\\lVert A^TA-I\\rVert_2$ at $n=1024$ against half of it at $n=128$",
          claims: ["A-A.4-4"],
          counterExample: `$n=1024$: $\\lVert A^TA-I\\rVert_2=${last.spectralDistance.toFixed(3)}$; it tends to 3.`,
        })],
      },
      {
        form: "corrected",
        line: "An expectation is no limit: each of $n^2$ entries has the standard deviation $\\sigma^2\\sqrt n=n^{-1/2}$, so " +
          "$\\lVert A^TA-I\\rVert_F^2/n\\to1$ and $\\lVert A^TA-I\\rVert_2\\to3$. Forms of a fixed vector do converge.",
        checks: [
          equals(all.map(({ n, offDiagonalSd }) => offDiagonalSd * Math.sqrt(n)), [1, 1, 1, 1], {
            what: `${sizes}: standard deviation off the diagonal times $\\sqrt n$`,
            tolerance: .05,
          }),
          equals(all.map(({ frobenius }) => frobenius), [1, 1, 1, 1], { what: `${sizes}: $\\lVert A^TA-I\\rVert_F^2/n$`, tolerance: .05 }),
          atLeast(all.map(({ spectralDistance }) => spectralDistance), [2.5, 2.5, 2.5, 2.5], {
            what: `${sizes}: $\\lVert A^TA-I\\rVert_2$, at least`,
          }),
          atMost(all.map(({ spectralDistance }) => spectralDistance), [3.2, 3.2, 3.2, 3.2], { what: `${sizes}: $\\lVert A^TA-I\\rVert_2$, at most` }),
          atMost(all.map(({ fixedForm }) => Math.abs(fixedForm - 1)), all.map(({ n }) => 4 * Math.sqrt(2 / n)), {
            what: `${sizes}: distance of $v^TA^TAv$ from 1, $v=1/\\sqrt n$, against 4 standard deviations`,
          }),
        ],
      },
    ],
  };
}
