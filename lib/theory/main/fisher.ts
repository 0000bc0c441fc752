/** Section 2.4: Fisher information through the kernel (paper A, Theorem 2.2, equation 8). */
import { type Matrix, multiply, scaled, times, trace, transpose } from "../../math/matrix.ts";
import type { Rng } from "../../math/random.ts";
import { dot, forward, gradient, jacobian, kernelByRecursion, type Layer, lossGradient, networkN, withAdapter } from "../../ntk/network.ts";
import { gramMatrix, spectrumOf } from "../../ntk/spectrum.ts";
import { type ModuleName, moduleNames, randomTokens, randomTransformer, runTransformer, type Weights } from "../appendix/transformer.ts";
import { corrected, equals, printed, shared, theoremCell } from "../check.ts";
import { jacobianByDifferences } from "../differences.ts";
import { drawMatrix, drawNet, drawVector, theoryRng } from "../draws.ts";
import { fixture } from "../fixtures.ts";
import { crossEntropy, fisherSpectrum, gradientsOf, quadraticForm, type Sample, stepped } from "../quantities.ts";

const tex = String.raw;

/** Network N in full, and with LoRA on its second layer while the first is trained, by scale. */
export function armsOfNetworkN() {
  const { layers, A2, x, x2 } = networkN();
  const lora = (scale: number): Layer[] => [layers[0], withAdapter(layers[1], A2, scale)];
  const samples: Sample[] = [{ x, label: 0 }, { x: x2, label: 1 }];
  return { full: layers, lora, samples };
}

export const fisherInformation = theoremCell({
  id: "A-8",
  section: "2.4",
  title: "Theorem 2.2, equation 8: Fisher information and the kernel",
  statement:
    tex`$\mathcal I_\theta=\mathbb E_x[\nabla_\theta\mathcal L^T\nabla_\theta\mathcal L]=\mathbb E_x[\nabla_F\mathcal L^TK_{ntk}(x,x)\nabla_F\mathcal L]$, as the paper has it for infinite width.`,
}, () => {
  const { expected } = fixture("A-8"), spectra = fixture("A-8b").expected, { full, lora, samples } = armsOfNetworkN();
  const { x } = samples[0], byOutput = lossGradient(forward(full, x).output, 0), g = gradient(full, x, 0);
  const throughJacobian = times(jacobian(full, x), byOutput);
  const gradients = gradientsOf(full, samples), scalar = multiply({ rows: 1, cols: g.length, data: g }, { rows: g.length, cols: 1, data: g });
  return [
    shared(
      tex`For cross-entropy $\nabla_F\mathcal L=Z-e_y$ with $Z=\mathrm{softmax}(F)$.`,
      equals(byOutput, expected.gradF, { what: tex`$\nabla_F\mathcal L$ of network N at $x$, class 0` }),
    ),
    shared(
      tex`Chain rule: $\nabla_\theta\mathcal L=\nabla_\theta F\,\nabla_F\mathcal L$.`,
      equals(g, throughJacobian, { what: "back-propagated loss against Jacobian times output gradient, 20 parameters", tolerance: 1e-14 }),
    ),
    shared(
      tex`Put in: $\nabla_\theta\mathcal L^T\nabla_\theta\mathcal L=\nabla_F\mathcal L^T(\nabla_\theta F^T\nabla_\theta F)\nabla_F\mathcal L$.`,
      equals(dot(g, g), expected.scalar, { what: tex`$\lVert\nabla_\theta\mathcal L\rVert^2$`, claims: ["A-2.4-1"], tolerance: 1e-9 }),
    ),
    shared(
      tex`And the middle is $K_{ntk}(x,x)$. Nothing here needs a limit: the identity is exact at every width and at any weights.`,
      equals(quadraticForm(byOutput, kernelByRecursion(full, x, x)), expected.scalar, {
        what: tex`$\nabla_F\mathcal L^TK\nabla_F\mathcal L$, $K$ layer by layer`,
        claims: ["A-2.4-1"],
        tolerance: 1e-9,
      }),
      equals(trainedErrors(), 0, {
        what:
          tex`largest relative difference of the two sides over 200 nets of three layers (widths 2 to 33, half of them with LoRA) after 20 steps of training`,
        claims: ["A-2.4-1"],
        tolerance: 1e-9,
      }),
      equals(transformerError(), 0, {
        what: "relative difference of the two sides for a small transformer after 10 steps of training, by differences",
        claims: ["A-2.4-1"],
        tolerance: 1e-9,
      }),
    ),
    printed(
      tex`$\mathcal I_\theta$ is the Fisher information matrix, of whose eigenvalues equation 9 takes $n_L$.`,
      equals([scalar.rows, scalar.cols], [g.length, g.length], {
        what: tex`shape of $\mathbb E[\nabla_\theta\mathcal L^T\nabla_\theta\mathcal L]$ against that of the Fisher matrix`,
        tolerance: 0,
        counterExample: "A row times a column is one number: it is the trace of the Fisher matrix.",
      }),
    ),
    corrected(
      tex`The empirical Fisher matrix is $\frac1N\sum_ig_ig_i^T\in\mathbb R^{P\times P}$, with trace $\frac1N\sum_i\lVert g_i\rVert^2$.`,
      equals(trace(outerMean(gradients)), trace(gramMatrix(gradients)), { what: "its trace against the mean squared norm, two samples" }),
    ),
    corrected(
      tex`Its nonzero eigenvalues are those of the Gram matrix $G_{ij}=g_i^Tg_j/N\in\mathbb R^{N\times N}$.`,
      equals(spectrumOf(outerMean(gradients)), [...fisherSpectrum(full, samples), ...new Array(18).fill(0)], {
        what: tex`all 20 eigenvalues of the Fisher matrix against the Gram matrix's two and zeros`,
      }),
      equals(
        [full, lora(1), lora(2)].flatMap((net) => [...gramMatrix(gradientsOf(net, samples)).data]),
        [spectra.gram_ff, spectra.gram_lora1, spectra.gram_lora2].flat(2),
        { what: tex`$G$ of network N: in full, with LoRA on layer 2 at $s=1$ and at $s=2$` },
      ),
      equals(fisherSpectrum(full, samples), spectra.ff, { what: "full training, samples (x, 0) and (x', 1)" }),
      equals(fisherSpectrum(lora(1), samples), spectra.lora1, { what: tex`LoRA on layer 2, $s=1$` }),
      equals(fisherSpectrum(lora(2), samples), spectra.lora2, { what: tex`LoRA on layer 2, $s=2$` }),
    ),
  ];
});

function trainedErrors(): number {
  const rng = theoryRng.fork("A-8");
  return Math.max(...Array.from({ length: 200 }, (_, i) => {
    const own = rng.fork(i), net = trainedNet(2 + own.integer(32), i % 2 === 1, own), x = drawVector(4, own.fork("x"));
    const g = gradient(net, x, 0), square = dot(g, g);
    const form = quadraticForm(lossGradient(forward(net, x).output, 0), kernelByRecursion(net, x, x));
    return Math.abs(square - form) / Math.max(square, 1e-300);
  }));
}

/** A net of 4 inputs and 3 classes after 20 steps of gradient descent on one row; with LoRA on all layers B has left 0. */
function trainedNet(width: number, lora: boolean, rng: Rng): Layer[] {
  const fresh = drawNet([4, width, width, 3], rng.fork("net"));
  let net = lora ? fresh.map((layer, l) => withAdapter(layer, drawMatrix(2, layer.weight.cols, 1 / layer.weight.cols, rng.fork(`A${l}`)), 2)) : fresh;
  const x = drawVector(4, rng.fork("row"));
  for (let step = 0; step < 20; step++) net = stepped(net, gradient(net, x, 1), .05);
  return net;
}

/** A block with attention, all of its modules trained; every gradient by differences of the loss or of the logits themselves. */
function transformerError(): number {
  const rng = theoryRng.fork("A-8/transformer"), tokens = randomTokens(4, rng.fork("tokens"));
  const gradients = (weights: Weights, f: (logits: Float64Array) => ArrayLike<number>) =>
    moduleNames.map((name) => jacobianByDifferences((moved) => f(runTransformer({ ...weights, [name]: moved }, tokens).logits), weights[name]));
  const loss = (label: number) => (logits: Float64Array) => [crossEntropy(logits, label)];
  let weights = randomTransformer(rng.fork("weights"));
  for (let step = 0; step < 10; step++) {
    const slopes = gradients(weights, loss(1));
    weights = Object.fromEntries(moduleNames.map((name, at) => {
      const data = weights[name].data.map((value, i) => value - .1 * slopes[at].data[i]);
      return [name, { ...weights[name], data }];
    })) as Record<ModuleName, Matrix>;
  }
  const square = gradients(weights, loss(0)).reduce((sum, { data }) => sum + dot(data, data), 0);
  const byOutput = lossGradient(runTransformer(weights, tokens).logits, 0);
  const kernel = gradients(weights, (logits) => logits).reduce((sum, J) => {
    const through = times(J, byOutput);
    return sum + dot(through, through);
  }, 0);
  return Math.abs(square - kernel) / square;
}

function outerMean(gradients: Matrix): Matrix {
  return scaled(multiply(transpose(gradients), gradients), 1 / gradients.rows);
}
