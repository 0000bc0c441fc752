/** Appendix B: LoRA on one module of a transformer at a time (paper A, Proposition B.1). */
import { identity, type Matrix, multiply, plus, scaled, times, transpose, zeros } from "../../math/matrix.ts";
import { mean, standardDeviation } from "../../math/statistics.ts";
import { drawA, loraSpectrum } from "../../ntk/lora_spectrum.ts";
import { lossGradient } from "../../ntk/network.ts";
import { gramMatrix, spectrumOf } from "../../ntk/spectrum.ts";
import { atLeast, atMost, corrected, equals, printed, shared, theoremCell } from "../check.ts";
import { jacobianByDifferences } from "../differences.ts";
import { drawMatrix, theoryRng } from "../draws.ts";
import { fourErrors } from "../quantities.ts";
import { gramOf } from "./instances.ts";
import { rawEntropy, traceBits } from "./orderings.ts";
import { type ModuleName, moduleNames, randomTokens, randomTransformer, runTransformer, type Weights } from "./transformer.ts";

const tex = String.raw;

const rank = 2, classes = 3, draws = 400;
const measures = [[tex`$\mathbf{IB}_{tr}$`, traceBits], [tex`raw $H_{0.5}$`, rawEntropy(.5)]] as const;

interface Adapter {
  readonly A: Matrix;
  readonly B: Matrix;
  readonly scale: number;
}

const titles: Record<ModuleName, string> = {
  embedding: "embedding",
  q: "$W_Q$",
  k: "$W_K$",
  v: "$W_V$",
  o: "$W_O$",
  ff1: "first feed-forward matrix",
  ff2: "second feed-forward matrix",
  head: "head",
};

/** The logits with one module's weight replaced. */
const logitsWith = (weights: Weights, name: ModuleName, tokens: readonly number[]) => (weight: Matrix): Float64Array =>
  runTransformer({ ...weights, [name]: weight }, tokens).logits;

/** d logits / d (A, B): [p, c], by differences in both factors. */
function adapterJacobian(weights: Weights, name: ModuleName, tokens: readonly number[], { A, B, scale }: Adapter): Matrix {
  const base = weights[name], logits = logitsWith(weights, name, tokens);
  const merged = (b: Matrix, a: Matrix) => plus(base, scaled(multiply(b, a), scale));
  const [byA, byB] = [jacobianByDifferences((a) => logits(merged(B, a)), A), jacobianByDifferences((b) => logits(merged(b, A)), B)];
  return { rows: byA.rows + byB.rows, cols: classes, data: Float64Array.from([...byA.data, ...byB.data]) };
}

interface Passed {
  /** What the module read: [in, t]. */
  readonly u: Matrix;
  /** Derivatives of each logit by what it gave: [out, t]. */
  readonly byOutput: readonly Matrix[];
}

function passedBy(weights: Weights, name: ModuleName, tokens: readonly number[]): Passed {
  const u = runTransformer(weights, tokens).inputs[name], at = zeros(weights[name].rows, u.cols);
  const delta = jacobianByDifferences((by) => runTransformer(weights, tokens, { name, by }).logits, at);
  return { u, byOutput: Array.from({ length: classes }, (_, k) => ({ ...at, data: delta.data.filter((_, i) => i % classes === k) })) };
}

/** sum over tokens t, t' of (delta_kt . left delta'_mt') (u_t . right u'_t'): the kernel of one module for two inputs, [c, c]. */
function kernelOf(a: Passed, b: Passed, left: Matrix, right: Matrix): Matrix {
  const inputs = multiply(multiply(transpose(a.u), right), b.u);
  const data = a.byOutput.flatMap((delta) =>
    b.byOutput.map((other) => {
      const outputs = multiply(multiply(transpose(delta), left), other);
      return outputs.data.reduce((sum, value, at) => sum + value * inputs.data[at], 0);
    })
  );
  return { rows: classes, cols: classes, data: Float64Array.from(data) };
}

export const everyModule = theoremCell({
  id: "A-PB.1",
  section: "B",
  title: "Proposition B.1",
  statement: "If LoRA adapts one module of a transformer, be it the embedding, the feed-forward block, self-attention or the head, and all else is " +
    "equal, then Theorem 3.4, Corollary 3.5 and Theorem 3.6 stay valid. Checked on one block of width 6 with GELU, residuals and normalisation, $r=2$, $k=1/3$.",
}, () => {
  const rng = theoryRng.fork("A-PB.1"), weights = randomTransformer(rng);
  const samples = Array.from({ length: 4 }, (_, i) => ({ tokens: randomTokens(4, rng.fork("tokens").fork(i)), label: i % classes }));
  const [{ tokens: x }, { tokens: x2 }] = samples;
  const adapter = (name: ModuleName, scale: number): Adapter => {
    const { rows, cols } = weights[name];
    return { A: drawA({ rank, init: "kaiming-uniform", initVariance: 1 / 3 }, cols, rng.fork("A").fork(name)), B: zeros(rows, rank), scale };
  };
  const explicit = (name: ModuleName, one: Adapter) =>
    multiply(transpose(adapterJacobian(weights, name, x, one)), adapterJacobian(weights, name, x2, one)).data;
  const passed = new Map(moduleNames.map((name) => [name, [x, x2].map((tokens) => passedBy(weights, name, tokens))]));
  const kernel = (name: ModuleName, left: Matrix, right: Matrix) => kernelOf(passed.get(name)![0], passed.get(name)![1], left, right);
  const formula = (name: ModuleName, { A, scale }: Adapter) => kernel(name, identity(weights[name].rows), scaled(gramOf(A), scale ** 2)).data;
  /** The empirical Fisher matrix of the four samples, from a Jacobian per sample: its spectrum. */
  const fisher = (jacobianAt: (tokens: readonly number[]) => Matrix): Float64Array => {
    const gradients = samples.map(({ tokens, label }) => times(jacobianAt(tokens), lossGradient(runTransformer(weights, tokens).logits, label)));
    const gram = gramMatrix({ rows: samples.length, cols: gradients[0].length, data: Float64Array.from(gradients.flatMap((g) => [...g])) });
    return spectrumOf(gram);
  };
  const jacobianInFull = (name: ModuleName, tokens: readonly number[]) => jacobianByDifferences(logitsWith(weights, name, tokens), weights[name]);
  const full = (name: ModuleName) => fisher((tokens) => jacobianInFull(name, tokens));
  const adapted = (name: ModuleName, one: Adapter) => fisher((tokens) => adapterJacobian(weights, name, tokens, one));
  const permuted = (name: ModuleName): Adapter => {
    const { rows, cols: n } = weights[name], A = zeros(n, n);
    for (let i = 0; i < n; i++) A.data[i * n + (i + 1) % n] = 1;
    return { A, B: zeros(rows, n), scale: 1 };
  };
  const inFull = (name: ModuleName) => multiply(transpose(jacobianInFull(name, x)), jacobianInFull(name, x2)).data;
  const spectra = new Map(moduleNames.map((name) => [name, { ff: full(name), lora: adapted(name, adapter(name, 1)) }]));
  const squares = moduleNames.map((name) => {
    const n = weights[name].cols, [ff] = inFull(name), own = rng.fork("square").fork(name), B = zeros(weights[name].rows, n);
    const off = Array.from({ length: draws }, (_, i) => formula(name, { A: drawMatrix(n, n, 1 / n, own.fork(i)), B, scale: 1 })[0] - ff);
    return { off: Math.abs(mean(off)), error: fourErrors(off), relative: standardDeviation(off)! / Math.abs(ff) };
  });

  const { embedding } = weights, scale = 1;
  const libraryStart = (i: number): Adapter => ({
    A: zeros(rank, embedding.cols),
    B: drawMatrix(embedding.rows, rank, 1, rng.fork("B").fork(i)),
    scale,
  });
  const library = libraryStart(0), starts = Array.from({ length: 20 }, (_, i) => traceBits(adapted("embedding", libraryStart(i))));
  const swapped = kernel("embedding", scaled(multiply(library.B, transpose(library.B)), scale ** 2), identity(embedding.cols));
  return [
    corrected(
      tex`Every module is linear in its weight: with its inputs $u_t$ and $\delta_{k,t}=\partial F_k/\partial y_t$ its kernel at $B=0$ is $\sum_{t,t'}(\delta_{k,t}\cdot\delta_{m,t'}')\,u_t^T(s^2A^TA)u_{t'}'$: the form of Lemma 3.1, summed over tokens, with $s^2$.`,
      ...moduleNames.flatMap((name) =>
        [1, 2].map((s) =>
          equals(explicit(name, adapter(name, s)), formula(name, adapter(name, s)), {
            what: `LoRA on the ${titles[name]}, $B=0$, $s=${s}$: explicit Jacobian against the form`,
            claims: ["A-B-1"],
          })
        )
      ),
    ),
    shared(
      tex`Where $s^2A^TA\preceq I$, here with $s=1$, the information bits (trace form) and raw $H_{0.5}$ are at most those of the same module trained in full.`,
      atMost(moduleNames.map((name) => loraSpectrum(adapter(name, 1).A)[0]), moduleNames.map(() => 1), {
        what: "the premise: largest eigenvalue of $A^TA$ per module",
      }),
      ...measures.flatMap(([measure, of]) =>
        moduleNames.map((name) =>
          atMost(of(spectra.get(name)!.lora), of(spectra.get(name)!.ff), {
            what: tex`${titles[name]}, $B=0$, $s=1$, four samples: ${measure} against full fine-tuning of the module`,
            claims: ["A-B-1"],
          })
        )
      ),
    ),
    shared(
      tex`Where $A^TA=I$, which needs $r=n$, the kernel is that of the module trained in full: what Corollary 3.5 concludes.`,
      ...moduleNames.map((name) =>
        equals(explicit(name, permuted(name)), inFull(name), {
          what: tex`LoRA on the ${titles[name]}, $r=n$, $A$ the cyclic shift, $B=0$, $s=1$: explicit Jacobian against that of full fine-tuning`,
          claims: ["A-B-1"],
        })
      ),
    ),
    corrected(
      tex`A square Gaussian $A$ of variance $1/n$, as the corollary has it, has $A^TA=I$ on average only, and the module's kernel is that of full fine-tuning on average only: the law of one layer (Corollary 3.5) again.`,
      atMost(squares.map(({ off }) => off), squares.map(({ error }) => error), {
        what: tex`per module, $r=n$, ${draws} draws of $A$, $B=0$, $s=1$: mean of $K_{00}(x,x')$ less full fine-tuning's, against 4 standard errors`,
      }),
      atLeast(squares.map(({ relative }) => relative), squares.map(() => .1), {
        what: "sd of the same over full fine-tuning's, at least",
      }),
    ),
    printed(
      tex`The embedding as common libraries adapt it: $A=0$ and $B\sim\mathcal N(0,1)$.`,
      equals(explicit("embedding", library), formula("embedding", library), {
        what: tex`embedding, $A=0$: explicit Jacobian against $\sum(\delta\cdot\delta')\,u^TA^TAu'=0$`,
        claims: ["A-B-1"],
        counterExample: tex`With $A=0$ the form is 0, the kernel is not: it comes from $\partial F/\partial A=sB^TG$.`,
      }),
      atMost(Math.max(...starts) - traceBits(spectra.get("embedding")!.ff), 0, {
        what: tex`embedding, $A=0$, $s=1$, four samples, 20 draws of $B$: largest $\mathbf{IB}_{tr}$ minus that of full fine-tuning of the embedding`,
        claims: ["A-B-1"],
        counterExample: tex`$BB^T\preceq I$ does not hold for $B$ with entries of variance 1.`,
      }),
    ),
    corrected(
      tex`There the factors change places: $\sum_{t,t'}(s^2\,\delta_{k,t}^TBB^T\delta_{m,t'}')\,u_t\cdot u_{t'}'$, and $u_t\cdot u_{t'}'$ says whether the two tokens are the same.`,
      equals(explicit("embedding", library), swapped.data, { what: "embedding, $A=0$: explicit Jacobian against that form" }),
    ),
  ];
});
