/** Section 3.3: the order of information bits and entropies (paper A, Theorem 3.6). */
import { type Matrix, scaled } from "../../math/matrix.ts";
import type { Rng } from "../../math/random.ts";
import { mean } from "../../math/statistics.ts";
import { informationBits, renyiEntropy } from "../../ntk/information.ts";
import { drawA, loraSpectrum } from "../../ntk/lora_spectrum.ts";
import { type Layer, withAdapter } from "../../ntk/network.ts";
import { gramMatrix, spectrumOf } from "../../ntk/spectrum.ts";
import { atLeast, atMost, type Check, corrected, equals, printed, shared, theoremCell } from "../check.ts";
import { bulkRng, drawMatrix, drawNet, drawVector, theoryRng } from "../draws.ts";
import { drawsOfA, meanExcess, type OverDraws, overDraws, ratios } from "../expected_order.ts";
import { fixture } from "../fixtures.ts";
import { type GramOrder, gramOrder } from "../gram_order.ts";
import { eigenvalueExcess, excess, fisherSpectrum, fourErrors, gradientsOf, haveOneRank, largest, type Pair, type Sample } from "../quantities.ts";
import { armsOfNetworkN } from "./fisher.ts";

const tex = String.raw;

export const ordering = theoremCell({
  id: "A-T3.6",
  section: "3.3",
  title: "Theorem 3.6: LoRA has fewer bits and less entropy",
  statement:
    tex`If $M_\Delta\preceq0$, which the paper takes for $r\le n_{l-1}$ and $\sigma^2\le1/n_{l-1}$, then $\mathbf{IB}_{LoRA}\le\mathbf{IB}_{ff}$ and $H_{\alpha,LoRA}\le H_{\alpha,ff}$.`,
}, () => {
  const { expected } = fixture("A-T3.6"), counter = fixture("A-10").inputs.spectra.map((values: number[]) => Float64Array.from(values));
  const { full, lora, samples } = armsOfNetworkN(), diagonal = [[1, .01], [1, 0]].map((values) => Float64Array.from(values));
  const spectra = [full, lora(1), lora(2)].map((arm) => fisherSpectrum(arm, samples));
  const pairs = admissible(), stated = drawPairs("stated", 300, (A) => A), sameRank = pairs.filter(haveOneRank);
  const random = (what: string, claim: string, measure: (spectrum: Float64Array) => number, counterExample?: string): Check =>
    atMost(excess(pairs, measure), 0, {
      what: tex`${what}: largest LoRA minus FF over 1,000 nets with $A^TA\preceq I$`,
      claims: [claim],
      tolerance: 1e-9,
      counterExample,
    });
  return [
    shared(
      tex`$M_\Delta\preceq0$, so $v^T\Delta_r(x,x)v\le0$ for $v=\nabla_F\mathcal L$ and $v^TK_{LoRA}v\le v^TK_{ff}v$.`,
      atMost(Math.max(...pairs.map(({ squares: [ff, lora] }) => Math.max(...lora.map((value, i) => value - ff[i])))), 0, {
        what: tex`largest $\lVert g_{LoRA}\rVert^2-\lVert g_{ff}\rVert^2$ over the rows of 1,000 nets`,
        tolerance: 1e-9,
      }),
    ),
    corrected(
      tex`For several rows, column $i$ of $\delta_l$ the gradient of row $i$'s loss by the layer's output and column $i$ of $U_l$ what the layer reads: $G_{ff}-G_{LoRA}=\frac1N(\delta_l^T\delta_l)\odot U_l^T(I-s^2A^TA)U_l$. Both factors are positive semi-definite, and so is their product entry by entry (Schur): $G_{LoRA}\preceq G_{ff}$.`,
      atMost(largest(pairs.map(({ schurError }) => schurError)), 1e-12, {
        what: tex`largest difference of the two sides over 1,000 nets, $s=1$, relative to the largest entry of $G_{ff}$`,
      }),
      atLeast(-largest(pairs.map(({ least }) => -least)), 0, {
        what: tex`smallest eigenvalue of $G_{ff}-G_{LoRA}$ over these nets`,
        tolerance: 1e-9,
      }),
    ),
    shared(
      tex`So each eigenvalue in order is at most that of full fine-tuning (Weyl).`,
      atMost(eigenvalueExcess(pairs), 0, {
        what: tex`largest $\lambda_i^{LoRA}-\lambda_i^{ff}$ over 1,000 nets`,
        tolerance: 1e-9,
      }),
    ),
    shared(
      tex`Summing: $\mathbf{IB}_{tr}$ is ordered.`,
      random(tex`$\mathbf{IB}_{tr}$`, "A-3.3-1", (spectrum) => informationBits(spectrum, "trace")),
    ),
    printed(
      tex`So is $\mathbf{IB}=\frac12\log\det_{pseudo}$, as equation 9 defines it.`,
      atMost(informationBits(diagonal[1], "log"), informationBits(diagonal[0], "log"), {
        what: tex`$\mathbf{IB}_{log}$ of $\mathrm{diag}(1,0)$ against that of the larger $\mathrm{diag}(1,0.01)$`,
        claims: ["A-3.3-1"],
        tolerance: 1e-9,
        counterExample: tex`$\mathrm{diag}(1,0)\preceq\mathrm{diag}(1,0.01)$, yet $\mathbf{IB}_{log}$ is $0$ against $-2.302585$.`,
      }),
      random(
        tex`$\mathbf{IB}_{log}$`,
        "A-3.3-1",
        (spectrum) => informationBits(spectrum, "log"),
        tex`A smaller $\mathcal I$ may lose eigenvalues below 1, whose negative logarithms then count no more.`,
      ),
    ),
    corrected(
      tex`It is ordered where LoRA keeps the rank of the Gram matrix: as many logarithms, each at most its counterpart. Only lost eigenvalues turn the order round.`,
      atMost(excess(sameRank, (spectrum) => informationBits(spectrum, "log")), 0, {
        what: tex`$\mathbf{IB}_{log}$: largest LoRA minus FF over those ${sameRank.length} of the 1,000 nets in which both matrices have one rank`,
        tolerance: 1e-9,
      }),
    ),
    shared(
      tex`For $0\le\alpha<1$ powers, logarithm and factor keep the order: $H_\alpha$ is ordered.`,
      ...[0, .25, .5, .9].map((alpha) => random(tex`raw $H_{${alpha}}$`, "A-3.3-2", (spectrum) => renyiEntropy(spectrum, alpha, "raw"))),
    ),
    printed(
      tex`And for every $\alpha$.`,
      atMost(renyiEntropy(counter[1], 2, "raw"), renyiEntropy(counter[0], 2, "raw"), {
        what: tex`$H_2$ of $(1.5,0.5,0)$ against that of $(2,1,0.5)$`,
        claims: ["A-3.3-2"],
        tolerance: 1e-9,
        counterExample: tex`$(1.5,0.5,0)\le(2,1,0.5)$, yet $H_2$ is $-0.916291$ against $-1.658228$.`,
      }),
      ...[2, 5].map((alpha) =>
        random(
          tex`raw $H_{${alpha}}$`,
          "A-3.3-2",
          (spectrum) => renyiEntropy(spectrum, alpha, "raw"),
          tex`For $\alpha>1$ the factor $1/(1-\alpha)$ is negative and turns the order round.`,
        )
      ),
      ...[.5, 1, 2].map((alpha) =>
        random(
          tex`normalised $H_{${alpha}}$`,
          "A-3.3-2",
          (spectrum) => renyiEntropy(spectrum, alpha, "normalised"),
          tex`$(0.1,0.1,0.1)\le(10,0.1,0.1)$: normalised Shannon entropies 1.098612 and 0.110100.`,
        )
      ),
    ),
    corrected(
      tex`For $\alpha>1$ the order is reversed.`,
      atMost(excess(pairs.map(({ ff, lora }) => ({ ff: lora, lora: ff })), (spectrum) => renyiEntropy(spectrum, 2, "raw")), 0, {
        what: tex`raw $H_2$: largest FF minus LoRA over the same nets`,
        tolerance: 1e-9,
      }),
    ),
    shared(
      tex`LoRA's default variance is $1/(3n)$ (footnote 2): Kaiming-uniform with $a=\sqrt5$ draws from $\pm\sqrt{6/((1+a^2)n)}=\pm1/\sqrt n$.`,
      ...defaultVariance(),
    ),
    printed(
      tex`$\sigma^2\le1/n_{l-1}$ is enough for $M_\Delta\preceq0$ and with it for the order.`,
      atMost(excess(stated, (spectrum) => informationBits(spectrum, "trace")), 0, {
        what: tex`$\mathbf{IB}_{tr}$: largest LoRA minus FF over 300 nets, $A$ drawn with $k$ uniform in $(0,1]$`,
        tolerance: 1e-9,
        counterExample: tex`$n=r=1$, $A=(a)$ with $\mathbb Ea^2\le1$: any draw with $\lvert a\rvert>1$.`,
      }),
    ),
    corrected(
      tex`It is enough in expectation over $A$. At the start neither $\delta_l$ nor $U_l$ depends on $A$, and $\mathbb E[s^2A^TA]=s^2k\frac rnI$, so $\mathbb EG_{LoRA}\preceq G_{ff}$ where $s^2k\frac rn\le1$: at $s=1$ the paper's own condition. $\mathbf{IB}_{tr}$ is linear in $G$; for $0<\alpha<1$ $\mathrm{tr}\,G^\alpha$ is concave, hence $H_\alpha$ is: both are ordered in the mean, at every width.`,
      ...inExpectation(),
    ),
    printed(
      tex`LoRA as used in practice, the paper's experiments included, meets the premise.`,
      ...premise(),
      atMost(informationBits(spectra[2], "trace"), informationBits(spectra[0], "trace"), {
        what: tex`$\mathbf{IB}_{tr}$ of LoRA at the default $s=2$ against full fine-tuning, network N`,
        counterExample: tex`Network N, $s=2$: $0.179488$ against $0.163290$.`,
      }),
    ),
    corrected(
      tex`The premise is $s^2A^TA\preceq I$. $A_2$ of network N meets it at $s=1$ ($\alpha=r$, as in the rank sweeps), not at $s=2$.`,
      ...[expected.ff, expected.lora1, expected.lora2].map((values, at) =>
        equals(measuresOf(spectra[at]), values, {
          what: tex`$(\mathbf{IB}_{tr},\mathbf{IB}_{log},H_{0.5},H_2)$ of network N, ${["full", "LoRA $s=1$", "LoRA $s=2$"][at]}`,
        })
      ),
    ),
  ];
});

const measuresOf = (spectrum: Float64Array): number[] => [
  informationBits(spectrum, "trace"),
  informationBits(spectrum, "log"),
  renyiEntropy(spectrum, .5, "raw"),
  renyiEntropy(spectrum, 2, "raw"),
];

interface DrawnPair extends Pair, GramOrder {
  /** Squared gradient norms of the rows, FF and LoRA. */
  readonly squares: readonly [number[], number[]];
}

/** 1,000 two-layer nets, s = 1, A scaled so that the largest eigenvalue of A^T A is uniform in (0, 1]. */
function admissible(): DrawnPair[] {
  return drawPairs("admissible", 1000, (A, share) => {
    const factor = Math.sqrt(share / loraSpectrum(A)[0]);
    return scaled(A, factor);
  });
}

/** Spectra of 6 rows under both methods; in every second net the layer below is trained in both, in the others in neither. Nets without a LoRA gradient are drawn again. */
function drawPairs(name: string, count: number, prepare: (A: Matrix, share: number) => Matrix): DrawnPair[] {
  const pairs: DrawnPair[] = [];
  for (let i = 0; pairs.length < count; i++) {
    const rng = theoryRng.fork("A-T3.6").fork(name).fork(i), n = 2 + rng.integer(6), r = 1 + rng.integer(n);
    const [first, second] = drawNet([3, n, 2], rng.fork("net")), share = 1 - rng.uniform(), below: Layer = { ...first, trained: i % 2 === 0 };
    const A = prepare(drawMatrix(r, n, share / n, rng.fork("A")), share);
    const samples = drawSamples(rng), adapted = [below, withAdapter(second, A, 1)];
    const [full, low] = [[below, second], adapted].map((layers) => gramMatrix(gradientsOf(layers, samples)));
    const [ff, lora] = [full, low].map(spectrumOf);
    if (lora[0] > 1e-9) pairs.push({ ff, lora, squares: [squares(full), squares(low)], ...gramOrder(full, low, adapted, samples) });
  }
  return pairs;
}

/** The rows' squared gradient norms: N G_ii. */
const squares = ({ rows, data }: Matrix): number[] => Array.from({ length: rows }, (_, i) => rows * data[i * (rows + 1)]);

/** The order of means over A, with LoRA's own Kaiming-uniform A on the second layer, and where it ends. */
function inExpectation(): Check[] {
  const bits = (spectrum: Float64Array) => informationBits(spectrum, "trace"),
    entropy = (spectrum: Float64Array) => renyiEntropy(spectrum, .5, "raw");
  const edge = expectedNets(1, 1, (i) => i % 2 === 0), beyond = ratios(expectedNets(1 / 3, 2, () => false), bits);
  return [
    atMost([bits, entropy].map((measure) => meanExcess(edge, measure)), [0, 0], {
      what:
        tex`$\mathbf{IB}_{tr}$ and raw $H_{0.5}$ at the edge of the condition, $s=1$, $k=1$, $r=n$: LoRA's mean over ${drawsOfA} draws of $A$ minus FF, less 4 standard errors, the largest of 40 nets`,
    }),
    equals(mean(beyond), 4 / 3, {
      what:
        tex`where $s^2k\frac rn=\frac43$ ($s=2$, $k=\frac13$, $r=n$) and nothing is trained below: mean of $\mathbf{IB}_{tr}$ over FF, to 4 standard errors`,
      tolerance: fourErrors(beyond),
    }),
  ];
}

/** 40 two-layer nets with six rows, many draws of the second layer's A each, of full rank. */
function expectedNets(initVariance: number, scale: number, belowTrained: (i: number) => boolean): OverDraws[] {
  return Array.from({ length: 40 }, (_, i) => {
    const rng = theoryRng.fork("A-T3.6").fork("expected").fork(i), n = 2 + rng.integer(6), [first, second] = drawNet([3, n, 2], rng.fork("net"));
    const net = [{ ...first, trained: belowTrained(i) }, second];
    return overDraws(net, drawSamples(rng), { first: 1, rank: n, initVariance, scale }, rng.fork("A"));
  });
}

const drawSamples = (rng: Rng): Sample[] => Array.from({ length: 6 }, (_, row) => ({ x: drawVector(3, rng.fork(row)), label: row % 2 }));

/** n Var(A) of 200 draws of A [8, 256]: by the bound of Kaiming-uniform with a = sqrt 5, and by LoRA's own default. */
function defaultVariance(): Check[] {
  const n = 256, bound = Math.sqrt(6 / ((1 + 5) * n));
  const variances = Array.from({ length: 200 }, (_, i) => {
    const rng = bulkRng(theoryRng.fork("footnote 2").fork(i));
    const kaiming = Array.from({ length: 8 * n }, () => (2 * rng.uniform() - 1) * bound);
    const own = drawA({ rank: 8, init: "kaiming-uniform", initVariance: 1 / 3 }, n, rng.fork("A")).data;
    return [kaiming, own].map((values) => n * mean(Array.from(values, (value) => value ** 2)));
  });
  return ["Kaiming-uniform, $a=\\sqrt5$", "LoRA's initial $A$ at its default $k$"].map((name, at) => {
    const values = variances.map((both) => both[at]);
    return equals(mean(values), 1 / 3, {
      what: tex`${name}: mean of $n\,\mathrm{Var}(A)$ over 200 draws, to 4 standard errors`,
      claims: ["A-3.3-3"],
      tolerance: fourErrors(values),
    });
  });
}

/** The nonzero eigenvalues of s^2 A^T A at n = 1,024, r = 8, k = 1/3, at the scales of the paper's experiments. */
function premise(): Check[] {
  const A = drawA({ rank: 8, init: "kaiming-uniform", initVariance: 1 / 3 }, 1024, bulkRng(theoryRng.fork("A-T3.6/premise")));
  return [[1, "rank sweeps: $\\alpha=r$"], [2, "default: $\\alpha=16$, $r=8$"]].map(([scale, name]) => {
    const values = loraSpectrum(A, Number(scale)).subarray(0, 8);
    return atMost(values, values.map(() => 1), {
      what: tex`the 8 nonzero eigenvalues of $s^2A^TA$, ${name}`,
      claims: ["A-3.2-5"],
      tolerance: 1e-9,
      counterExample: tex`$s=2$, $k=1/3$, $r=8$, $n=1024$: all of them exceed 1, from ${values[7].toFixed(3)} to ${values[0].toFixed(3)}.`,
    });
  });
}
