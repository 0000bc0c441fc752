/** Appendix A.6: Corollary 3.5 and Theorem 3.6 with LoRA on every layer (paper A, equations 45-49). */
import { mean, standardDeviation } from "../../math/statistics.ts";
import { drawA } from "../../ntk/lora_spectrum.ts";
import { dot, withAdapter } from "../../ntk/network.ts";
import { atLeast, atMost, type CellDefinition, equals, type TheoremCell } from "../check.ts";
import { differenceAt } from "./beyond_one_layer.ts";
import { fullRankDraws } from "./full_rank.ts";
import { largest, normals, projectedProduct, randomNet, theoryRng } from "./instances.ts";
import { allLayersInstances, eigenvalueExcess, excess, instances, rawEntropy, traceBits } from "./orderings.ts";

export const everyLayerCells: readonly CellDefinition[] = [
  { id: "A-45", section: "A.6", compute: fullRankLimit },
  { id: "A-46", section: "A.6", compute: informationOrder },
];

function fullRankLimit(): TheoremCell {
  const all = fullRankDraws(), [first, last] = [all[0], all[all.length - 1]];
  return {
    id: "A-45",
    title: "Corollary 3.5 beyond OOLD, equation 45",
    statement:
      "For $r=n_{l-1}$ and $\\sigma^2=1/n_{l-1}$, $A^TA-I\\to0$ is put into equation 44: $\\Delta^{(l)\\prime}=0\\cdot\\dot\\Sigma^{(l)}+0=0$.",
    steps: [
      {
        form: "shared",
        line: "If $A^TA=I$ in every layer, then every $\\Delta_r$ and with it every $\\Delta^{(l)\\prime}$ is 0.",
        checks: [
          equals(exactlyOrthogonal(), [0, 0, 0], {
            what: "a three-layer net with orthogonal square $A$, $s=1$: largest entry per layer",
            tolerance: 1e-9,
          }),
        ],
      },
      {
        form: "printed",
        line: "For $n\\to\\infty$ it is: $A^TA-I\\to0$.",
        checks: [
          atMost(last.spectralDistance, first.spectralDistance / 2, {
            what: "$\\lVert A^TA-I\\rVert_2$ at $n=1024$ against half of it at $n=128$",
            claims: ["A-A.6-4"],
            counterExample: `$n=1024$: $\\lVert A^TA-I\\rVert_2=${last.spectralDistance.toFixed(3)}$, and $\\Delta_r(x,x)$ is that times ` +
              "$\\lVert u\\rVert^2$ where $u$ is the top eigenvector.",
          }),
          atMost(last.frobenius, first.frobenius / 2, {
            what: "$\\lVert A^TA-I\\rVert_F^2/n$ at $n=1024$ against half of it at $n=128$",
            claims: ["A-A.6-4"],
            counterExample: "$\\lVert A^TA-I\\rVert_F^2/n$ tends to 1.",
          }),
          atMost(Math.abs(last.fixedForm - 1), 4 * Math.sqrt(2 / last.n), {
            what: "a fixed vector, $n=1024$: distance of $v^TA^TAv$ from 1 against 4 standard deviations",
            claims: ["A-A.6-4"],
          }),
        ],
      },
      {
        form: "corrected",
        line: "Only forms of vectors that do not depend on $A$ tend to those of $I$; the distance in norm tends to 3.",
        checks: [atLeast(all.map(({ spectralDistance }) => spectralDistance), [2.5, 2.5, 2.5, 2.5], {
          what: "$\\lVert A^TA-I\\rVert_2$, $n=128,256,512,1024$",
        })],
      },
    ],
  };
}

/** The largest entry of Delta per layer where A is a permutation matrix. */
function exactlyOrthogonal(): number[] {
  const n = 5, rng = theoryRng("A-45"), ff = randomNet([n, n, n, 2], rng), [x, x2] = [normals(n, rng.fork("x")), normals(n, rng.fork("x'"))];
  const lora = ff.map((layer, l) => {
    const order = rng.fork("A").fork(l).shuffle(Array.from({ length: n }, (_, i) => i));
    return withAdapter(layer, {
      rows: n,
      cols: n,
      data: Float64Array.from({ length: n * n }, (_, at) => Number(order[Math.floor(at / n)] === at % n)),
    }, 1);
  });
  return [1, 2, 3].map((depth) => largest(differenceAt(depth, ff, lora, x, x2).data.map(Math.abs)));
}

function informationOrder(): TheoremCell {
  const { asStated, asNeeded } = allLayersInstances();
  const nets = `${instances} three-layer nets, LoRA on all layers, $r\\in\\{1..8\\}$, $n=8$, $k=1/3$, four samples`;
  const measures = [
    { name: "$\\mathbf{IB}_{tr}$", measure: traceBits },
    { name: "raw $H_{0.5}$", measure: rawEntropy(.5) },
  ];
  const printed = (scale: 1 | 2) =>
    measures.map(({ name, measure }) => {
      const above = asStated[scale].filter(({ ff, lora }) => measure(lora) > measure(ff) + 1e-9).length;
      return atMost(excess(asStated[scale], measure), 0, {
        what: `${nets}, $s=${scale}$: largest ${name} of LoRA minus that of full fine-tuning`,
        claims: ["A-A.6-5"],
        tolerance: 1e-9,
        counterExample: `One layer with $A=[a]$, $s^2a^2>1$. Of the drawn nets ${above} have LoRA's value above full fine-tuning's.`,
      });
    });
  const rank = 8, n = 1024, factors = sharesOfFixedVector(rank, n);
  return {
    id: "A-46",
    title: "Theorem 3.6 beyond OOLD, equations 46-49",
    statement: "Equations 40-43 are repeated for LoRA on all layers: $\\mathcal I_{LoRA}\\le\\mathcal I_{FF}$, $\\lambda_{LoRA}\\le\\lambda_{FF}$, " +
      "$\\mathbf{IB}_{LoRA}\\le\\mathbf{IB}_{ff}$, $H_{\\alpha,LoRA}\\le H_{\\alpha,ff}$ for $r\\le n$ and $\\sigma^2\\le1/n$.",
    steps: [
      { form: "printed", line: "With $\\alpha=r$ ($s=1$), as in the rank sweeps.", checks: printed(1) },
      { form: "printed", line: "With $\\alpha=2r$ ($s=2$), as in the default setting.", checks: printed(2) },
      {
        form: "corrected",
        line: "With $s^2A^TA\\preceq I$ in every layer the Gram matrices differ by " +
          "$\\sum_l(\\delta\\delta^T)\\odot U_l^T(I-s^2A_l^TA_l)U_l\\succeq0$ (Schur), so sorted eigenvalues, trace and $H_{\\alpha<1}$ are ordered.",
        checks: [
          atMost(eigenvalueExcess(asNeeded), 0, {
            what: `${nets}, $s=2$, every $A$ shrunk to $s^2A^TA\\preceq I$: largest difference of sorted eigenvalues`,
            tolerance: 1e-9,
          }),
          ...measures.map(({ name, measure }) =>
            atMost(excess(asNeeded, measure), 0, { what: `the same nets: largest ${name} of LoRA minus that of full fine-tuning`, tolerance: 1e-9 })
          ),
        ],
      },
      {
        form: "corrected",
        line: "Without that premise it still holds on average where the rank is small: for a $u$ that does not depend on $A$, " +
          "$\\mathbb E[s^2u^TA^TAu]=s^2k\\,(r/n)\\lVert u\\rVert^2$, far below $\\lVert u\\rVert^2$ although every nonzero eigenvalue is above 1.",
        checks: [equals(mean(factors), 4 / 3 * rank / n, {
          what: "$r=8$, $n=1024$, $k=1/3$, $s=2$, 200 draws: mean of $s^2u^TA^TAu/\\lVert u\\rVert^2$, within 4 standard errors",
          tolerance: 4 * standardDeviation(factors)! / Math.sqrt(factors.length),
        })],
      },
    ],
  };
}

/** s^2 u^T A^T A u / |u|^2 at k = 1/3, s = 2 for one u and 200 draws of A. */
function sharesOfFixedVector(rank: number, n: number): number[] {
  const rng = theoryRng("A-46 share"), u = normals(n, rng.fork("u"));
  return Array.from(
    { length: 200 },
    (_, i) => projectedProduct(drawA({ rank, init: "kaiming-uniform", initVariance: 1 / 3 }, n, rng.fork(i)), u, u, 2) / dot(u, u),
  );
}
