/** Appendix A.6: Corollary 3.5 and Theorem 3.6 with LoRA on every layer (paper A, equations 45-49). */
import { matrixOf, zeros } from "../../math/matrix.ts";
import { mean } from "../../math/statistics.ts";
import { drawA } from "../../ntk/lora_spectrum.ts";
import { dot, type Layer, withAdapter } from "../../ntk/network.ts";
import { atLeast, atMost, type Check, corrected, equals, printed, shared, theoremCell } from "../check.ts";
import { bulkRng, drawNet, drawVector, theoryRng } from "../draws.ts";
import { drawsOfA, meanExcess, type OverDraws, overDraws, ratios } from "../expected_order.ts";
import { eigenvalueExcess, excess, fisherSpectrum, fourErrors, largest, projected } from "../quantities.ts";
import { differenceAt } from "./beyond_one_layer.ts";
import { fullRankDraws } from "./full_rank.ts";
import { randomSamples } from "./instances.ts";
import { allLayersInstances, instances, rawEntropy, traceBits } from "./orderings.ts";

const tex = String.raw;

export const fullRankLimit = theoremCell({
  id: "A-45",
  section: "A.6",
  title: "Corollary 3.5 beyond OOLD, equation 45",
  statement: tex`For $r=n_{l-1}$ and $\sigma^2=1/n_{l-1}$, $A^TA-I\to0$ is put into equation 44: $\Delta^{(l)\prime}=0\cdot\dot\Sigma^{(l)}+0=0$.`,
}, () => {
  const all = fullRankDraws(), [first, last] = [all[0], all[all.length - 1]];
  return [
    shared(
      tex`If $A^TA=I$ in every layer, then every $\Delta_r$ and with it every $\Delta^{(l)\prime}$ is 0.`,
      equals(exactlyOrthogonal(), [0, 0, 0], {
        what: "a three-layer net with orthogonal square $A$, $s=1$: largest entry per layer",
        tolerance: 1e-9,
      }),
    ),
    printed(
      tex`For $n\to\infty$ it is: $A^TA-I\to0$.`,
      atMost(last.spectralDistance, first.spectralDistance / 2, {
        what: tex`$\lVert A^TA-I\rVert_2$ at $n=1024$ against half of it at $n=128$`,
        claims: ["A-A.6-4"],
        counterExample: tex`$n=1024$: $\lVert A^TA-I\rVert_2=${
          last.spectralDistance.toFixed(3)
        }$, and $\Delta_r(x,x)$ is that times $\lVert u\rVert^2$ where $u$ is the top eigenvector.`,
      }),
      atMost(last.frobenius, first.frobenius / 2, {
        what: tex`$\lVert A^TA-I\rVert_F^2/n$ at $n=1024$ against half of it at $n=128$`,
        claims: ["A-A.6-4"],
        counterExample: tex`$\lVert A^TA-I\rVert_F^2/n$ tends to 1.`,
      }),
      atMost(Math.abs(last.fixedForm - 1), 4 * Math.sqrt(2 / last.n), {
        what: "a fixed vector, $n=1024$: distance of $v^TA^TAv$ from 1 against 4 standard deviations",
        claims: ["A-A.6-4"],
      }),
    ),
    corrected(
      "Only forms of vectors that do not depend on $A$ tend to those of $I$; the distance in norm tends to 3.",
      atLeast(all.map(({ spectralDistance }) => spectralDistance), [2.5, 2.5, 2.5, 2.5], {
        what: tex`$\lVert A^TA-I\rVert_2$, $n=128,256,512,1024$`,
      }),
    ),
  ];
});

/** The largest entry of Delta per layer where A is a permutation matrix. */
function exactlyOrthogonal(): number[] {
  const n = 5, rng = theoryRng.fork("A-45"), ff = drawNet([n, n, n, 2], rng), [x, x2] = [drawVector(n, rng.fork("x")), drawVector(n, rng.fork("x'"))];
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

export const informationOrder = theoremCell({
  id: "A-46",
  section: "A.6",
  title: "Theorem 3.6 beyond OOLD, equations 46-49",
  statement:
    tex`Equations 40-43 are repeated for LoRA on all layers: $\mathcal I_{LoRA}\le\mathcal I_{FF}$, $\lambda_{LoRA}\le\lambda_{FF}$, $\mathbf{IB}_{LoRA}\le\mathbf{IB}_{ff}$, $H_{\alpha,LoRA}\le H_{\alpha,ff}$ for $r\le n$ and $\sigma^2\le1/n$.`,
}, () => {
  const { asStated, asNeeded } = allLayersInstances();
  const nets = (k: string) => tex`${instances} three-layer nets, LoRA on all layers, $r\in\{1..8\}$, $n=8$, ${k}, four samples`;
  const measures = [
    { name: tex`$\mathbf{IB}_{tr}$`, measure: traceBits },
    { name: "raw $H_{0.5}$", measure: rawEntropy(.5) },
  ];
  const ordered = (scale: 1 | 2, k: string) =>
    measures.map(({ name, measure }) => {
      const above = asStated[scale].filter(({ ff, lora }) => measure(lora) > measure(ff) + 1e-9).length;
      return atMost(excess(asStated[scale], measure), 0, {
        what: `${nets(k)}, $s=${scale}$: largest ${name} of LoRA minus that of full fine-tuning`,
        claims: ["A-A.6-5"],
        tolerance: 1e-9,
        counterExample:
          `One layer with $A=[a]$, $s^2a^2>1$: at $s=1$ drawn where $k>1/3$, at $s=2$ where $k>1/12$. Of the drawn nets ${above} have LoRA's value above full fine-tuning's.`,
      });
    });
  const rank = 8, n = 1024, factors = sharesOfFixedVector(rank, n), edge = expectedNets(1, 1), beyond = ratios(expectedNets(1 / 3, 2), traceBits);
  return [
    printed(tex`With $\alpha=r$ ($s=1$), as in the rank sweeps.`, ...ordered(1, "$k$ uniform in $(0,1]$"), smallestInstance()),
    printed(tex`With $\alpha=2r$ ($s=2$), as in the default setting.`, ...ordered(2, "$k=1/3$")),
    corrected(
      tex`With $s^2A_l^TA_l\preceq I$ in every layer the Gram matrices differ by $G_{ff}-G_{LoRA}=\frac1N\sum_l(\delta_l^T\delta_l)\odot U_l^T(I-s^2A_l^TA_l)U_l\succeq0$ (Schur; in column $i$ of $\delta_l$ row $i$'s gradient by the layer's output, of $U_l$ what the layer reads).`,
      atMost(largest(asNeeded.map(({ schurError }) => schurError)), 1e-12, {
        what: tex`${
          nets("$k=1/3$")
        }, $s=2$, every $A$ shrunk to $s^2A^TA\preceq I$: largest difference of the two sides, relative to the largest entry of $G_{ff}$`,
      }),
      atLeast(-largest(asNeeded.map(({ least }) => -least)), 0, {
        what: tex`the same nets: smallest eigenvalue of $G_{ff}-G_{LoRA}$`,
        tolerance: 1e-9,
      }),
    ),
    corrected(
      tex`So sorted eigenvalues, trace and $H_{\alpha<1}$ are ordered.`,
      atMost(eigenvalueExcess(asNeeded), 0, {
        what: tex`${nets("$k=1/3$")}, $s=2$, every $A$ shrunk to $s^2A^TA\preceq I$: largest difference of sorted eigenvalues`,
        tolerance: 1e-9,
      }),
      ...measures.map(({ name, measure }) =>
        atMost(excess(asNeeded, measure), 0, { what: `the same nets: largest ${name} of LoRA minus that of full fine-tuning`, tolerance: 1e-9 })
      ),
    ),
    corrected(
      tex`Without that premise it still holds in expectation over $A$ wherever $s^2k\,r/n_{l-1}\le1$ in every layer: at $s=1$ the paper's own $r\le n$, $\sigma^2\le1/n$. For a $u$ that does not depend on $A$, $\mathbb E[s^2u^TA^TAu]=s^2k\,(r/n)\lVert u\rVert^2$, at a small rank far below $\lVert u\rVert^2$ although every nonzero eigenvalue may be above 1.`,
      equals(mean(factors), 4 / 3 * rank / n, {
        what: tex`$r=8$, $n=1024$, $k=1/3$, $s=2$, 200 draws: mean of $s^2u^TA^TAu/\lVert u\rVert^2$, within 4 standard errors`,
        tolerance: fourErrors(factors),
      }),
    ),
    corrected(
      tex`At the start $\delta_l$ and $U_l$ do not depend on $A$, so $\mathbb EG_{LoRA}\preceq G_{ff}$; $\mathbf{IB}_{tr}$ is linear in $G$, and for $0<\alpha<1$ $\mathrm{tr}\,G^\alpha$ is concave, hence $H_\alpha$ is: $\mathbb E\,\mathbf{IB}_{LoRA}\le\mathbf{IB}_{ff}$ and $\mathbb EH_{\alpha,LoRA}\le H_{\alpha,ff}$, at every width.`,
      atMost(measures.map(({ measure }) => meanExcess(edge, measure)), [0, 0], {
        what:
          tex`$\mathbf{IB}_{tr}$ and raw $H_{0.5}$ at the edge of the condition, $s=1$, $k=1$, $r=n=8$: LoRA's mean over ${drawsOfA} draws of $A$ minus FF, less 4 standard errors, the largest of 40 nets`,
      }),
      equals(mean(beyond), 4 / 3, {
        what: tex`beyond it, $s=2$, $k=1/3$, $r=n=8$, where $s^2k\,r/n=4/3$: mean of $\mathbf{IB}_{tr}$ over FF's, within 4 standard errors`,
        tolerance: fourErrors(beyond),
      }),
    ),
  ];
});

/** One layer of two outputs, W = 0: FF's only eigenvalue is |delta|^2 |u|^2 = 1, LoRA's |A u|^2 / 2. */
function smallestInstance(): Check {
  const layer: Layer = { weight: zeros(2, 2), trained: true }, A = matrixOf([[.7, .7], [.7, .7]]), samples = [{ x: [1, 1], label: 0 }];
  const [ff, lora] = [layer, withAdapter(layer, A, 1)].map((one) => fisherSpectrum([one], samples));
  return atMost([traceBits(lora), rawEntropy(.5)(lora)], [traceBits(ff), rawEntropy(.5)(ff)], {
    what: tex`one layer, $n=r=2$, $k=1/3$, every entry of $A$ 0.7, $u=(1,1)$: $\mathbf{IB}_{tr}$ and raw $H_{0.5}$ of LoRA against full fine-tuning`,
    claims: ["A-A.6-5"],
    counterExample: tex`$n=r=2$, $k=1/3$: every entry 0.7 is drawn from $\pm0.7071$, and $\lVert Au\rVert^2=1.96\lVert u\rVert^2$ for $u=(1,1)$.`,
  });
}

/** 40 nets 8-8-8-2 with LoRA of full rank on every layer, four samples, many draws of every A each. */
function expectedNets(initVariance: number, scale: number): OverDraws[] {
  return Array.from({ length: 40 }, (_, i) => {
    const rng = theoryRng.fork("A-46 expected").fork(i),
      net = drawNet([8, 8, 8, 2], rng.fork("net")),
      samples = randomSamples(4, 8, 2, rng.fork("x"));
    return overDraws(net, samples, { first: 0, rank: 8, initVariance, scale }, rng.fork("A"));
  });
}

/** s^2 u^T A^T A u / |u|^2 at k = 1/3, s = 2 for one u and 200 draws of A. */
function sharesOfFixedVector(rank: number, n: number): number[] {
  const rng = bulkRng(theoryRng.fork("A-46 share")), u = drawVector(n, theoryRng.fork("A-46 u"));
  return Array.from(
    { length: 200 },
    () => projected(drawA({ rank, init: "kaiming-uniform", initVariance: 1 / 3 }, n, rng), u, u, 2) / dot(u, u),
  );
}
