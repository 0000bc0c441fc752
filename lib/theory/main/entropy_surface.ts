/** Section 3.3: the entropy of LoRA's kernel matrix over rank and variance (paper A, equation 18, Figure 3). */
import { kendallTau } from "../../math/kendall.ts";
import { type Matrix, matrixOf } from "../../math/matrix.ts";
import { mean, tInterval } from "../../math/statistics.ts";
import { type EntropyCell, entropyGrid, expectedRenyiHalf, expectedShannon, releasedGrid } from "../../ntk/entropy_grid.ts";
import { renyiEntropy, shannonEntropy } from "../../ntk/information.ts";
import { drawA, loraSpectrum } from "../../ntk/lora_spectrum.ts";
import { gramMatrix } from "../../ntk/spectrum.ts";
import { atLeast, atMost, type Check, corrected, equals, printed, shared, theoremCell } from "../check.ts";
import { bulkRng, theoryRng } from "../draws.ts";
import { fixture } from "../fixtures.ts";
import { fourErrors } from "../quantities.ts";

const tex = String.raw;
const width = releasedGrid.width, draws = 8;
const draw = (rank: number, init: "kaiming-uniform" | "gaussian", k: number, name: string | number): Matrix =>
  drawA({ rank, init, initVariance: k }, width, bulkRng(theoryRng.fork("A-18").fork(name)));

/** What the released code draws: the entropy of order 1 - 1e-10 of the expected trace. */
const asDrawn = (rank: number, k: number) => 1e10 * Math.log(k * rank);

export const entropySurface = theoremCell({
  id: "A-18",
  section: "3.3",
  title: "Equation 18, Figure 3: entropy against rank and variance",
  statement:
    tex`$H'_\alpha=\frac1{1-\alpha}\log\sum_{\lambda'}(\lambda')^\alpha$ over the nonzero eigenvalues of $A^TA$; Figure 3 shows $H'_1$ against rank and variance scale $k$.`,
}, () => {
  const { inputs, expected } = fixture("A-18"), spectrum = loraSpectrum(matrixOf(inputs.A));
  const { ranks, variances } = releasedGrid,
    corners = expected.cornerValues,
    cells = entropyGrid({ ...releasedGrid, draws }, bulkRng(theoryRng.fork("A-18/surface")));
  const byRank = meansOf(cells);
  const traces = Array.from({ length: 200 }, (_, i) => moments(draw(8, "gaussian", 1 / 3, `moments/${i}`)));
  const sigma4 = (1 / 3 / width) ** 2, [first, second] = [0, 1].map((at) => traces.map((both) => both[at]));
  const scaled = [.001, 1 / 3, 2].map((k) => loraSpectrum(draw(8, "kaiming-uniform", k, "one")));
  return [
    shared(
      tex`The nonzero eigenvalues of $A^TA$ are those of $AA^T$.`,
      equals([renyiEntropy(spectrum, .5, "raw"), renyiEntropy(spectrum, 2, "raw"), shannonEntropy(spectrum)], [
        expected.rawH05,
        expected.rawH2,
        expected.normalisedShannon,
      ], {
        what: tex`raw $H'_{0.5}$, raw $H'_2$ and normalised Shannon entropy of $A=(0.6,0.2,0;0,0.3,0.4)$`,
      }),
    ),
    shared(
      tex`$\mathbb E\,\mathrm{tr}(A^TA)=rk$.`,
      equals(mean(first), 8 / 3, {
        what: tex`mean trace of 200 draws, $r=8$, $n=1024$, $k=1/3$, to 4 standard errors`,
        tolerance: fourErrors(first),
      }),
    ),
    shared(
      tex`The figure as released puts $\alpha=1-10^{-10}$ and the expected trace: $10^{10}\ln(kr)$.`,
      equals(inputs.figure3.map(([rank, k]: number[]) => asDrawn(rank, k)), expected.asDrawn, {
        what: tex`at $(r,k)=(8,1/3),(4,0.01),(256,1.5)$`,
        tolerance: 1,
      }),
      equals([[0, 0], [0, 39], [39, 0], [39, 39]].map(([i, j]) => asDrawn(ranks[i], variances[j])), [
        corners.bottomLeft,
        corners.bottomRight,
        corners.topLeft,
        corners.topRight,
      ], {
        what: tex`the four corners of the drawn array, rows ranks, columns variances`,
        tolerance: 1,
      }),
    ),
    printed(
      tex`The released code's second moment is $\mathbb E\,\mathrm{tr}((A^TA)^2)=r(r+2)\sigma_a^4n$.`,
      equals(mean(second), 8 * 10 * sigma4 * width, {
        what: "mean over 200 normal draws against it",
        tolerance: .1,
        counterExample: tex`$r=8$, $n=1024$, $k=1/3$: $0.008681$ by the formula, $0.897$ measured.`,
      }),
    ),
    corrected(
      tex`For normal entries it is $r\,n\,\sigma_a^4(r+n+1)$.`,
      equals(8 * width * sigma4 * (8 + width + 1), .896701, { what: tex`$r=8$, $n=1024$, $k=1/3$` }),
      equals(mean(second), .896701, {
        what: "mean over 200 draws, to 4 standard errors",
        tolerance: fourErrors(second),
      }),
    ),
    printed(
      tex`$H'_1$ grows with rank and with variance. Over the released grid, 4 to 256 by 0.01 to 1.5, for three readings of $H'_1$:`,
      ...trends(cells),
    ),
    corrected(
      tex`$k$ multiplies every eigenvalue: it adds $\frac\alpha{1-\alpha}\log k$ to raw $H'_\alpha$ and cancels in $p_i=\lambda_i/\sum\lambda$.`,
      equals(scaled.map((one) => renyiEntropy(one, .5, "raw")), [-2.745763, 3.06338, 4.85514], {
        what:
          tex`raw $H'_{0.5}$ of one draw, $r=8$, $n=1024$, $k=0.001,1/3,2$, against NumPy's draw: two draws differ by 0.013 in standard deviation`,
        tolerance: .05,
      }),
      equals(scaled.slice(1).map((one, at) => renyiEntropy(one, .5, "raw") - renyiEntropy(scaled[at], .5, "raw")), [1000 / 3, 6].map(Math.log), {
        what: tex`the steps between them against those of $\log k$`,
      }),
      equals(scaled.slice(1).map((one) => shannonEntropy(one)), [0, 0].map(() => shannonEntropy(scaled[0])), {
        what: tex`normalised Shannon entropy at $k=1/3,2$ against that at $k=0.001$`,
      }),
    ),
    corrected(
      tex`The $r$ eigenvalues spread by $k\sqrt{r/n}$ around $k$. To first order in $r/n$ that takes $\frac r{2n}$ from the normalised Shannon entropy of $r$ equal ones and $\frac r{4n}$ from raw $H'_{0.5}$: $\ln r-\frac r{2n}$, an effect of rank alone, and $\ln k+2\ln r-\frac r{4n}$.`,
      atMost(byRank.map(({ rank, shannon }) => Math.abs(shannon - expectedShannon(rank, width))), byRank.map(() => .003), {
        what: tex`every rank of the grid, mean over ${draws} draws, $n=1024$: distance of normalised Shannon entropy from $\ln r-r/2n$`,
      }),
      atMost(byRank.map(({ rank, renyiHalf }) => Math.abs(renyiHalf - expectedRenyiHalf(rank, 1, width))), byRank.map(() => .02), {
        what: tex`the same of raw $H'_{0.5}-\ln k$ from $2\ln r-r/4n$`,
      }),
      atLeast(Math.log(256) - byRank[byRank.length - 1].shannon, .12, { what: tex`and what $\ln r$ alone leaves out at $r=256$: $r/2n=0.125$` }),
    ),
  ];
});

/** tr(A^T A) and tr((A^T A)^2). */
function moments(A: Matrix): [number, number] {
  const { data, rows } = gramMatrix(A), scale = A.rows;
  const trace = Array.from({ length: rows }, (_, i) => scale * data[i * rows + i]).reduce((a, b) => a + b);
  return [trace, data.reduce((sum, value) => sum + (scale * value) ** 2, 0)];
}

const measures = [["log-trace", "logTrace"], ["raw $H'_{0.5}$", "renyiHalf"], ["normalised Shannon entropy", "shannon"]] as const;

/** By rank: the means over the draws of Shannon's entropy, and of raw H_1/2 less ln k, which both are the same at every k. */
function meansOf(cells: readonly EntropyCell[]) {
  return [...Map.groupBy(cells, ({ rank }) => rank)].map(([rank, own]) => ({
    rank,
    shannon: mean(own.map(({ shannon }) => shannon)),
    renyiHalf: mean(own.map(({ renyiHalf, initVariance }) => renyiHalf - Math.log(initVariance))),
  }));
}

/** Kendall's tau of each measure with rank (mean over the variances) and with variance (mean over the ranks), for every draw of A. */
function trends(cells: readonly EntropyCell[]): Check[] {
  const seeds = Array.from({ length: draws }, (_, draw) => cells.filter((cell) => cell.draw === draw));
  return measures.flatMap(([name, measure]) =>
    ([["rank", "initVariance"], ["initVariance", "rank"]] as const).map(([along, across]) => {
      const taus = seeds.map((surface) =>
        mean([...Map.groupBy(surface, (cell) => cell[across]).values()].map((line) =>
          kendallTau(line.map((cell) => cell[along]), line.map((cell) => cell[measure]))
        ))
      );
      const { mean: tau, low } = tInterval(taus);
      return atLeast([tau, low!], [.4, 1e-9], {
        what: tex`${name} against ${
          along === "rank" ? "rank" : "variance"
        }: mean of Kendall's $\tau$ over ${draws} draws and the lower end of its interval, $n=1024$`,
        claims: ["A-3.3-13"],
        counterExample: tex`$\tau=${tau.toFixed(3)}$: the same spectrum times $k$ has the same shares.`,
      });
    })
  );
}
