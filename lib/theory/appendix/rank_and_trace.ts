/** Appendix A.4: rank, expected trace and limit of A^T A (paper A, equations 34-36 and the text after them). */
import { linearRegression } from "simple-statistics";
import { mean } from "../../math/statistics.ts";
import { drawA, loraSpectrum, marchenkoPasturEdges } from "../../ntk/lora_spectrum.ts";
import { networkN } from "../../ntk/network.ts";
import { atLeast, atMost, corrected, equals, printed, shared, theoremCell } from "../check.ts";
import { bulkRng, theoryRng } from "../draws.ts";
import { fourErrors, largest } from "../quantities.ts";

const tex = String.raw;

const nonzero = (spectrum: Float64Array): number => spectrum.filter((value) => value > 1e-12).length;

export const rankBound = theoremCell({
  id: "A-34",
  section: "A.4",
  title: "Rank, equation 34",
  statement: tex`$\mathrm{rank}(A^TA)\le\mathrm{rank}(A)\le r$, from which the text takes that at most $n-r$ eigenvalues are not 0.`,
}, () => {
  const rng = theoryRng.fork("A-34"), n = 4;
  const count = (rank: number) => nonzero(loraSpectrum(drawA({ rank, init: "kaiming-uniform", initVariance: 1 / 3 }, n, rng.fork(rank))));
  return [
    shared(
      tex`$A^TA$ maps through $\mathbb R^r$, so its rank is at most $r$.`,
      equals(nonzero(loraSpectrum(networkN().A2)), 2, { what: "network N's $A_2$, $r=2$, $n=4$: nonzero eigenvalues", tolerance: 0 }),
      atMost([1, 2, 3].map(count), [1, 2, 3], { what: "drawn $A$, $n=4$, $r=1,2,3$: nonzero eigenvalues against $r$", claims: ["A-A.4-1"] }),
    ),
    printed(
      "Hence at most $n-r$ eigenvalues are not 0.",
      ...[2, 1, 3].map((r) =>
        atMost(count(r), n - r, {
          what: `drawn $A$, $n=4$, $r=${r}$: nonzero eigenvalues against $n-r$`,
          claims: ["A-A.4-1"],
          counterExample: "$n=4$, $r=3$: three eigenvalues are not 0, $n-r=1$.",
        })
      ),
    ),
    corrected(
      "At most $r$ eigenvalues are not 0; at least $n-r$ are.",
      atLeast([1, 2, 3].map((r) => n - count(r)), [3, 2, 1], { what: "drawn $A$, $n=4$, $r=1,2,3$: zero eigenvalues against $n-r$" }),
    ),
  ];
});

const r = 8, n = 1024, k = 1 / 3, draws = 400;

export const expectedTrace = theoremCell({
  id: "A-35",
  section: "A.4",
  title: "Expected trace, equations 35 and 36",
  statement:
    tex`$\mathbb E[A_{\cdot,p}^TA_{\cdot,p}]=r\sigma^2$ and $\mathbb E[\mathrm{tr}(A^TA)]=nr\sigma^2=rk$; the text concludes that for $n\to\infty$ all nonzero eigenvalues tend to $n\sigma^2=k$.`,
}, () => {
  const rng = bulkRng(theoryRng.fork("A-35")), columns: number[] = [], traces: number[] = [];
  for (let i = 0; i < draws; i++) {
    const { data } = drawA({ rank: r, init: "kaiming-uniform", initVariance: k }, n, rng);
    columns.push(data.reduce((sum, a, at) => at % n === 0 ? sum + a * a : sum, 0));
    traces.push(data.reduce((sum, a) => sum + a * a, 0));
  }
  const within = (values: number[], expected: number, what: string) =>
    atMost(Math.abs(mean(values) - expected), fourErrors(values), {
      what: `${what}, ${draws} draws, $r=8$, $n=1024$, $k=1/3$: distance of the mean from ${expected.toPrecision(7)} against 4 standard errors`,
      claims: ["A-A.4-2"],
    });
  const sizes = [64, 128, 256, 512, 1024, 2048, 4096];
  const fixedRank = sizes.map((size) => deviation(8, size, 10)), fixedRatio = sizes.map((size) => deviation(size / 8, size, size <= 1024 ? 2 : 1));
  const slope = (values: number[]) => linearRegression(sizes.map((size, i) => [Math.log(size), Math.log(values[i])])).m;
  const edge = (rank: number, size: number) => marchenkoPasturEdges(1, rank, size)[1] - 1;
  return [
    shared(
      tex`A column has $r$ independent entries of mean 0 and variance $\sigma^2=k/n$: $\mathbb E\sum_qA_{q,p}^2=r\sigma^2$.`,
      within(columns, r * k / n, "squared norm of column 0"),
    ),
    shared(tex`Summed over the $n$ columns: $\mathbb E[\mathrm{tr}(A^TA)]=nr\sigma^2$.`, within(traces, r * k, tex`$\mathrm{tr}(A^TA)$`)),
    shared(
      tex`$n-r$ eigenvalues are 0, so the mean of the other $r$ is $\mathrm{tr}/r$, with expectation $n\sigma^2=k$.`,
      equals(mean(traces) / r, k, { what: "mean nonzero eigenvalue", tolerance: fourErrors(traces) / r }),
    ),
    printed(
      tex`For $n\to\infty$ all nonzero eigenvalues tend to $n\sigma^2$: their largest relative deviation falls, like $n^{-1/2}$.`,
      equals(slope(fixedRank), -.5, {
        what: tex`$r=8$, $n=64,\dots,4096$: slope of the largest relative deviation, both logarithmic`,
        claims: ["A-A.4-3"],
        tolerance: .1,
      }),
      equals(slope(fixedRatio), -.5, {
        what: tex`$r=n/8$, $n=64,\dots,4096$: the same slope`,
        claims: ["A-A.4-3"],
        tolerance: .1,
        counterExample: tex`$r=n/8$: the largest eigenvalue stays near $k(1+\sqrt{1/8})^2=1.83k$ at every $n$.`,
      }),
    ),
    corrected(
      tex`They spread over $k(1\pm\sqrt{r/n})^2$: a deviation of about $2\sqrt{r/n}+r/n$, which falls for fixed $r$ only.`,
      atLeast(slope(fixedRatio), 0, { what: "$r=n/8$: no decrease, the same slope", tolerance: .05 }),
      equals(fixedRatio.slice(4), sizes.slice(4).map((size) => edge(size / 8, size)), {
        what: "$r=n/8$, $n=1024,2048,4096$: largest relative deviation against the edge",
        tolerance: .1, // a single largest eigenvalue is 0.02 and more off the edge at n = 1024: its spread falls like n^(-2/3) only
      }),
    ),
  ];
});

/** max |lambda / k - 1| over the r nonzero eigenvalues of A^T A, mean over draws. It does not depend on k. */
function deviation(rank: number, size: number, count: number): number {
  const rng = bulkRng(theoryRng.fork("A-36").fork(rank).fork(size));
  return mean(Array.from({ length: count }, () => {
    const spectrum = loraSpectrum(drawA({ rank, init: "kaiming-uniform", initVariance: 1 }, size, rng));
    return largest(spectrum.subarray(0, rank).map((value) => Math.abs(value - 1)));
  }));
}
