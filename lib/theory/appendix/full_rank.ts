/** Appendix A.4, proof of Corollary 3.5: the Gram matrix of a square A (paper A, equations 37-39). */
import { multiply, transpose } from "../../math/matrix.ts";
import { mean } from "../../math/statistics.ts";
import { drawA } from "../../ntk/lora_spectrum.ts";
import { gramMatrix, spectrumOf } from "../../ntk/spectrum.ts";
import { atLeast, atMost, corrected, equals, printed, shared, theoremCell } from "../check.ts";
import { bulkRng, theoryRng } from "../draws.ts";
import { fourErrors } from "../quantities.ts";
import { diagonalOf, gramOf } from "./instances.ts";

const tex = String.raw;

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
    const A = drawA({ rank: n, init: "gaussian", initVariance: 1 }, n, bulkRng(theoryRng.fork("A-37").fork(n)));
    const gram = gramMatrix(transpose(A)), pairs = n * (n - 1); // A^T A / n
    let sum = 0, squares = 0, trace = 0, distance = 0;
    gram.data.forEach((value, at) => {
      const entry = n * value, own = at % (n + 1) === 0;
      sum += entry;
      squares += own ? 0 : entry ** 2;
      trace += own ? entry : 0;
      distance += (own ? entry - 1 : entry) ** 2;
    });
    const offDiagonal = (sum - trace) / pairs;
    return {
      n,
      spectralDistance: Math.max(n * spectrumOf(gram)[0] - 1, 1), // no eigenvalue of A^T A is below 0
      frobenius: distance / n,
      fixedForm: sum / n,
      diagonal: trace / n,
      offDiagonal,
      offDiagonalSd: Math.sqrt(squares / pairs - offDiagonal ** 2),
    };
  });
}

const small = 4, draws = 2000;

/** E[A^T A] and E[sum_u A_{u,p} A_{q,u}], the printed sum, for n = 4: mean diagonals over the draws. */
function sums(): { gram: number[]; slipped: number[] } {
  const rng = bulkRng(theoryRng.fork("A-37 sums"));
  const drawn = Array.from({ length: draws }, () => {
    const A = drawA({ rank: small, init: "gaussian", initVariance: 1 }, small, rng);
    return [mean(diagonalOf(gramOf(A))), mean(diagonalOf(multiply(A, A)))]; // sum_u A_{u,p} A_{q,u} = (A A)_{q,p}
  });
  return { gram: drawn.map(([gram]) => gram), slipped: drawn.map(([, slipped]) => slipped) };
}

export const gramOfSquare = theoremCell({
  id: "A-37",
  section: "A.4",
  title: "Proof of Corollary 3.5, equations 37-39",
  statement:
    tex`For $r=n$ and $\sigma^2=1/n$ the entries of $A^TA$ have the expectations of $I$'s entries, and the text concludes $A^TA\to I$ for $n\to\infty$.`,
}, () => {
  const { gram, slipped } = sums();
  const all = fullRankDraws(), last = all[all.length - 1], sizes = "$n=128,256,512,1024$";
  return [
    printed(
      tex`Equation 37: $(A^TA)_{p,q}=\sum_uA_{u,p}A_{q,u}$.`,
      equals(mean(slipped), mean(gram), {
        what: `$n=4$, ${draws} draws: mean diagonal of the printed sum against that of $A^TA$`,
        tolerance: fourErrors(slipped),
        counterExample: tex`The printed sum is $(AA)_{q,p}$, whose diagonal has the expectation $\sigma^2=1/n$, not 1.`,
      }),
    ),
    corrected(
      tex`$(A^TA)_{p,q}=\sum_uA_{u,p}A_{u,q}$.`,
      equals(mean(gram), 1, { what: `$n=4$, ${draws} draws: mean diagonal, within 4 standard errors`, tolerance: fourErrors(gram) }),
    ),
    shared(
      "Equation 38, off the diagonal: two independent entries of mean 0, so the expectation is 0.",
      atMost(all.map(({ offDiagonal }) => Math.abs(offDiagonal)), all.map(({ n }) => 4 * Math.sqrt(2 / n / n / (n - 1))), {
        what: `${sizes}: mean over the entries against 4 standard errors`,
        claims: ["A-A.4-4"],
      }),
    ),
    shared(
      tex`Equation 39, on the diagonal: $n\sigma^2=1$.`,
      atMost(all.map(({ diagonal }) => Math.abs(diagonal - 1)), all.map(({ n }) => 4 * Math.sqrt(2) / n), {
        what: `${sizes}: distance of the mean diagonal from 1 against 4 standard errors`,
        claims: ["A-A.4-4"],
      }),
    ),
    printed(
      tex`Therefore $A^TA\to I$ for $n\to\infty$.`,
      atMost(last.spectralDistance, all[0].spectralDistance / 2, {
        what: tex`$\lVert A^TA-I\rVert_2$ at $n=1024$ against half of it at $n=128$`,
        claims: ["A-A.4-4"],
        counterExample: tex`$n=1024$: $\lVert A^TA-I\rVert_2=${last.spectralDistance.toFixed(3)}$; it tends to 3.`,
      }),
    ),
    corrected(
      tex`An expectation is no limit: each of $n^2$ entries has the standard deviation $\sigma^2\sqrt n=n^{-1/2}$, so $\lVert A^TA-I\rVert_F^2/n\to1$ and $\lVert A^TA-I\rVert_2\to3$. Forms of a fixed vector do converge.`,
      equals(all.map(({ n, offDiagonalSd }) => offDiagonalSd * Math.sqrt(n)), [1, 1, 1, 1], {
        what: tex`${sizes}: standard deviation off the diagonal times $\sqrt n$`,
        tolerance: .05,
      }),
      equals(all.map(({ frobenius }) => frobenius), [1, 1, 1, 1], { what: tex`${sizes}: $\lVert A^TA-I\rVert_F^2/n$`, tolerance: .05 }),
      atLeast(all.map(({ spectralDistance }) => spectralDistance), [2.5, 2.5, 2.5, 2.5], {
        what: tex`${sizes}: $\lVert A^TA-I\rVert_2$, at least`,
      }),
      atMost(all.map(({ spectralDistance }) => spectralDistance), [3.2, 3.2, 3.2, 3.2], { what: tex`${sizes}: $\lVert A^TA-I\rVert_2$, at most` }),
      atMost(all.map(({ fixedForm }) => Math.abs(fixedForm - 1)), all.map(({ n }) => 4 * Math.sqrt(2 / n)), {
        what: tex`${sizes}: distance of $v^TA^TAv$ from 1, $v=1/\sqrt n$, against 4 standard deviations`,
      }),
    ),
  ];
});
