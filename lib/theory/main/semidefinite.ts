/** Section 3.2: when M_Delta is negative semi-definite (paper A, Theorem 3.4). */
import erfc from "@stdlib/math-base-special-erfc";
import type { InitScheme } from "../../adapter/method.ts";
import { type Matrix, matrixOf } from "../../math/matrix.ts";
import { mean } from "../../math/statistics.ts";
import {
  differenceSpectrum,
  drawA,
  firstFailingRank,
  largestAdmissibleVariance,
  largestEigenvalue,
  loraSpectrum,
  marchenkoPasturEdges,
} from "../../ntk/lora_spectrum.ts";
import { networkN } from "../../ntk/network.ts";
import { atLeast, atMost, type Check, corrected, equals, printed, shared, theoremCell } from "../check.ts";
import { bulkRng, theoryRng } from "../draws.ts";
import { fixture } from "../fixtures.ts";
import { fourErrors } from "../quantities.ts";

const tex = String.raw;
const draw = (init: InitScheme, rank: number, n: number, initVariance: number, name: string | number): Matrix =>
  drawA({ rank, init, initVariance }, n, bulkRng(theoryRng.fork("A-T3.4").fork(init).fork(n).fork(name)));

/** The r eigenvalues of s^2 A^T A that are not 0 by rank. */
const nonzero = (A: Matrix, scale = 1) => loraSpectrum(A, scale).subarray(0, A.rows);

export const negativeSemidefinite = theoremCell({
  id: "A-T3.4",
  section: "3.2",
  title: "Theorem 3.4: negative semi-definiteness",
  statement:
    tex`If $\sigma_a^2<1/n_{l-1}$ and $r\le n_{l-1}$, then $M_\Delta=A^TA-I$ is negative semi-definite, with $r$ eigenvalues $\sigma_a^2n_{l-1}$ and $n_l-r$ eigenvalues 0. In what follows $k=\sigma_a^2n_{l-1}$; LoRA's default is $k=1/3$.`,
}, () => {
  const small = fixture("A-T3.4"), scaled = fixture("A-T3.4b"), edges = fixture("A-T3.4c"), A = matrixOf(small.inputs.A), { A2 } = networkN();
  const k = A.data.reduce((sum, value) => sum + value ** 2, 0) / A.rows;
  const draws = Array.from({ length: 20 }, (_, i) => nonzero(draw("kaiming-uniform", 8, 1024, 1 / 3, i)));
  const all = draws.flatMap((one) => [...one]), eighth = nonzero(draw("kaiming-uniform", 128, 1024, 1 / 3, "eighth"));
  const traces = Array.from(
    { length: 200 },
    (_, i) => draw("kaiming-uniform", 8, 256, 1 / 3, `trace/${i}`).data.reduce((sum, value) => sum + value ** 2, 0),
  );
  const cells = scan();
  return [
    shared(
      tex`$A^TA$ has rank at most $r$, so at most $r$ nonzero eigenvalues: those of $AA^T\in\mathbb R^{r\times r}$.`,
      equals(loraSpectrum(A), small.expected.eigAtA, { what: tex`eigenvalues of $A^TA$ for $A=(0.6,0.2,0;0,0.3,0.4)$` }),
      equals(loraSpectrum(A2), scaled.expected.eigAtA, { what: tex`for $A_2$ of network N` }),
    ),
    shared(
      tex`$\mathbb E\,\mathrm{tr}(A^TA)=n\,r\,\sigma_a^2=rk$, so the nonzero eigenvalues have mean $k$.`,
      equals(mean(traces), 8 / 3, {
        what: tex`mean trace of 200 draws, $r=8$, $n=256$, $k=1/3$, to 4 standard errors`,
        tolerance: fourErrors(traces),
      }),
    ),
    printed(
      tex`$M_\Delta$ has $r$ eigenvalues $k$ and zeros.`,
      equals(differenceSpectrum(A), [k, k, 0], {
        what: tex`eigenvalues of $A^TA-I$ for $A=(0.6,0.2,0;0,0.3,0.4)$, where $k=n\,\mathrm{mean}(A_{ij}^2)=0.325$`,
        claims: ["A-3.2-3"],
        tolerance: 1e-9,
        counterExample: tex`$A=(0.6,0.2,0;0,0.3,0.4)$: the eigenvalues of $A^TA-I$ are $-0.578953,-0.771047,-1$.`,
      }),
    ),
    corrected(
      tex`Those are eigenvalues of $A^TA$. Taking $I$ away moves each by 1: $r$ are about $s^2k-1$, the other $n_{l-1}-r$ are $-1$.`,
      equals(differenceSpectrum(A), small.expected.eigM, { what: "the same matrix" }),
      equals(differenceSpectrum(A2, 2), scaled.expected.eigM_s2, { what: tex`$A_2$ at $s=2$: two of four are positive` }),
    ),
    shared(
      tex`Rank sets how many of them are not $-1$, variance where they lie.`,
      equals(
        [4, 8, 32].map((r) => differenceSpectrum(draw("kaiming-uniform", r, 256, 1 / 3, `count/${r}`)).filter((value) => value > -1 + 1e-9).length),
        [4, 8, 32],
        {
          what: tex`eigenvalues other than $-1$ at $r=4,8,32$, $n=256$`,
          claims: ["A-3.2-8"],
          tolerance: 0,
        },
      ),
      ...[[.1, 1], [1 / 3, 1], [1 / 3, 2], [2, 1]].map(([k, s]) => {
        const values = draws.map((one) => mean([...one]) * 3 * k * s ** 2 - 1);
        return equals(mean(values), s ** 2 * k - 1, {
          what: tex`their mean at $k=${k.toFixed(3)}$, $s=${s}$, $r=8$, $n=1024$, 20 draws, to 4 standard errors`,
          claims: ["A-3.2-8"],
          tolerance: fourErrors(values),
        });
      }),
    ),
    printed(
      tex`As $n\to\infty$ all of them converge to $k$.`,
      equals([Math.min(...all), Math.max(...all)], [1 / 3, 1 / 3], {
        what: tex`smallest and largest nonzero eigenvalue of $A^TA$, $r=8$, $n=1024$, $k=1/3$, 20 draws`,
        tolerance: .02,
        counterExample: tex`$r=8$, $n=1024$, $k=1/3$: they spread from about 0.27 to 0.39.`,
      }),
    ),
    corrected(
      tex`They spread over $s^2k(1\pm\sqrt{r/n})^2$ (Marchenko and Pastur), which shrinks to a point only if $r/n\to0$.`,
      equals(edges.inputs.cases.flatMap(([k, r, n, s]: number[]) => marchenkoPasturEdges(k, r, n, s)), edges.expected.edges.flat(), {
        what: tex`edges for five $(k,r,n,s)$`,
      }),
      equals([Math.min(...all), Math.max(...all)], edges.expected.edges[0], {
        what: tex`smallest and largest of the 20 draws, $r=8$, against the two edges`,
        tolerance: .02,
      }),
      equals([eighth[127], eighth[0]], marchenkoPasturEdges(1 / 3, 128, 1024), {
        what: tex`smallest and largest of one draw, $r=n/8$, $n=1024$, $k=1/3$, against the two edges`,
        tolerance: .02,
      }),
      equals(mean(all), 1 / 3, { what: "mean of the 160 eigenvalues", tolerance: .005 }),
    ),
    printed(
      tex`So with $k<1$ all are below 1 and $M_\Delta\preceq0$, at every $r\le n$.`,
      atMost(differenceSpectrum(matrixOf([[1.1]]))[0], 0, {
        what: tex`the smallest case, $n=r=1$: $M_\Delta=a^2-1$ for $A=(1.1)$, which a normal $A$ of any variance $k<1$ may be`,
        claims: ["A-3.2-4"],
        counterExample: tex`$n=r=1$, $A=(1.1)$: $M_\Delta=a^2-1=0.21>0$.`,
      }),
      ...[.1, 1 / 3, .667, .999].map((k) => {
        const failing = cells.filter(({ largest }) => k * largest > 1);
        return atMost(cells.map(({ largest }) => k * largest), cells.map(() => 1), {
          what: tex`largest eigenvalue of $A^TA$ over 20 draws at $k=${k.toFixed(3)}$: uniform and normal, $n=256,1024$, $r/n=1/128,1/8,1/2,1$`,
          claims: ["A-3.2-4"],
          tolerance: 1e-9,
          counterExample: tex`$k=${k.toFixed(3)}$: ${failing.length} of 16 settings, first ${failing[0]?.name} with ${
            (k * failing[0]?.largest).toFixed(4)
          }.`,
        });
      }),
    ),
    corrected(
      tex`At $n=r=1$ a normal $a$ has $a^2>1$ with probability $\mathrm{erfc}(1/\sqrt{2k})$, at every $k>0$; a uniform one with $1-1/\sqrt{3k}$, from $k=1/3$ on. Width does not mend it: at $r=n$ the largest eigenvalue tends to $4k$, so that with $k>1/4$ nearly every large $A$ fails.`,
      ...failingScalars(),
    ),
    corrected(
      tex`Needed of the matrix drawn is $s^2A^TA\preceq I$; for large $n$ that is $s^2k(1+\sqrt{r/n})^2\le1$.`,
      ...byEdge(cells),
      equals(firstFailingRank(1 / 3, 1024)!, edges.expected.firstFailingRank_k13_s1_n1024, {
        what: tex`first rank that fails at $n=1024$, $k=1/3$, $s=1$`,
        tolerance: 0,
      }),
      equals([firstFailingRank(1, 1024)!, firstFailingRank(1 / 3, 1024, 2)!], [1, 1], {
        what: tex`and at $k=1$, $s=1$, and at $k=1/3$, $s=2$`,
        tolerance: 0,
      }),
      equals([largestAdmissibleVariance(8, 1024), largestAdmissibleVariance(8, 1024, 2)], [.844175, .211044], {
        what: tex`largest $k$ at $r=8$, $n=1024$ for $s=1$ and $s=2$`,
      }),
      equals(cells.find(({ n, share }) => n === 1024 && share === 1)!.largest / 3, 4 / 3, {
        what: tex`largest eigenvalue over 20 draws at $r=n=1024$, $k=1/3$ against the edge`,
        tolerance: .02,
      }),
    ),
  ];
});

/** How often the only entry of A has a square above 1. */
function failingScalars(): Check[] {
  const cases = [["gaussian", 1 / 3, erfc(Math.sqrt(3 / 2))], ["uniform", 2 / 3, 1 - Math.SQRT1_2]] as const;
  return cases.map(([name, k, probability]) => {
    const { data } = draw(name === "uniform" ? "kaiming-uniform" : name, 100_000, 1, k, "scalars"),
      fails = Array.from(data, (a) => Number(a * a > 1));
    return equals(mean(fails), probability, {
      what: tex`share of 100,000 draws of $A=(a)$ with $a^2>1$, ${name === "uniform" ? name : "normal"}, $k=${k.toFixed(3)}$, to 4 standard errors`,
      tolerance: fourErrors(fails),
    });
  });
}

interface Scanned {
  readonly name: string;
  readonly n: number;
  readonly share: number;
  /** Largest eigenvalue of A^T A / k over 20 draws. */
  readonly largest: number;
  /** The smallest over these draws of the largest eigenvalue of A^T A / k. */
  readonly leastTop: number;
}

/** Entries are independent, so the first r rows of a square A are an A of rank r; k only scales it. */
function scan(): Scanned[] {
  const shares = [1 / 128, 1 / 8, 1 / 2, 1];
  return (["kaiming-uniform", "gaussian"] as const).flatMap((init) =>
    [256, 1024].flatMap((n) => {
      const tops: number[][] = shares.map(() => []);
      for (let i = 0; i < 20; i++) {
        const { data } = draw(init, n, n, 1, `scan/${i}`);
        shares.forEach((share, at) => {
          const rows = n * share;
          tops[at].push(largestEigenvalue({ rows, cols: n, data: data.subarray(0, rows * n) }, 1, 40));
        });
      }
      return shares.map((share, at) => ({
        name: `${init}, n = ${n}, r = ${n * share}`,
        n,
        share,
        largest: Math.max(...tops[at]),
        leastTop: Math.min(...tops[at]),
      }));
    })
  );
}

/** The settings that the true condition admits, and those that it refuses, with room for the spread of finite matrices. */
function byEdge(cells: readonly Scanned[]): Check[] {
  const settings = [.1, 1 / 3, .667, .999].flatMap((k) =>
    cells.map(({ n, share, largest, leastTop }) => ({
      n,
      edge: marchenkoPasturEdges(k, n * share, n)[1],
      largest: k * largest,
      leastTop: k * leastTop,
    }))
  );
  const admitted = settings.filter(({ edge }) => edge <= .9).map(({ largest }) => largest), refused = settings.filter(({ edge }) => edge >= 1.1);
  const ones = (values: readonly number[]) => values.map(() => 1), wide = refused.filter(({ n }) => n === 1024).map(({ leastTop }) => leastTop);
  return [
    atMost(admitted, ones(admitted), { what: tex`largest eigenvalue over 20 draws in the settings whose edge is at most 0.9`, tolerance: 1e-9 }),
    atLeast(refused.map(({ largest }) => largest), refused.map(() => 1), { what: tex`the same in those whose edge is at least 1.1: each fails` }),
    atLeast(wide, ones(wide), { what: tex`and in those of them with $n=1024$ its smallest value over the 20 draws: every draw fails` }),
  ];
}
