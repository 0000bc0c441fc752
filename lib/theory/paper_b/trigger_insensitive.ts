/** Section 5.2: orthogonality to the pretrained weight, its penalty, and the objective (paper B, equations 9 to 11). */
import { columnOf, identity, type Matrix, minus, multiply, scaled, transpose } from "../../math/matrix.ts";
import { topSingular } from "../../spectral/sigma_max.ts";
import { smallSvd } from "../../spectral/small_svd.ts";
import { atLeast, atMost, corrected, equals, printed, shared, theoremCell } from "../check.ts";
import { gradientByDifferences } from "../differences.ts";
import { drawMatrix, theoryRng } from "../draws.ts";
import { fixture } from "../fixtures.ts";
import { crossEntropy } from "../quantities.ts";
import { frobenius, matricesM } from "./instances.ts";

const tex = String.raw;

interface Directions {
  /** [out, k], [in, k] */
  readonly U: Matrix;
  readonly V: Matrix;
}

const directions = (W: Matrix, k: number): Directions => {
  const { u, v } = topSingular(W, k);
  return { U: u, V: v };
};

/** |U^T B|_F^2 + |A V|_F^2 */
const penalty = ({ U, V }: Directions, B: Matrix, A: Matrix): number => frobenius(multiply(transpose(U), B)) ** 2 + frobenius(multiply(A, V)) ** 2;
const squares = (...all: Matrix[]): number => all.reduce((sum, one) => sum + frobenius(one) ** 2, 0);
const projection = (Q: Matrix): Matrix => multiply(Q, transpose(Q));
/** M - Q Q^T M */
const without = (Q: Matrix, M: Matrix): Matrix => minus(M, multiply(projection(Q), M));

/** How many independent dW [m, n] have Q^T dW = 0 and dW R = 0: the null space of the stacked linear map. */
function freedom(Q: Matrix, R: Matrix): number {
  const [m, n] = [Q.rows, R.rows],
    units = Array.from({ length: m * n }, (_, at) => ({ rows: m, cols: n, data: Float64Array.from({ length: m * n }, (_, i) => Number(i === at)) }));
  const images = units.map((one) => [...multiply(transpose(Q), one).data, ...multiply(one, R).data]);
  const map = transpose({ rows: images.length, cols: images[0].length, data: Float64Array.from(images.flat()) });
  return [...smallSvd(map).values].filter((value) => value < 1e-12).length;
}

export const orthogonality = theoremCell({
  id: "B-9",
  section: "5.2",
  title: "Equation 9: orthogonality as the ideal",
  statement: tex`$W_{pre}^T\Delta W=0$ and $\Delta WW_{pre}^T=0$, with $W_{pre}=U\Sigma V^T$.`,
}, () => {
  const { W, B, A } = matricesM(), { expected } = fixture("B-10"), update = multiply(B, A), { U, V } = directions(W, 1), claims = ["B-5.2-2"];
  const inside = multiply(without(U, update), minus(identity(3), projection(V)));
  const low = multiply(drawMatrix(5, 3, 1, theoryRng.fork("B-9")), drawMatrix(3, 5, 1, theoryRng.fork("B-9/right")));
  return [
    shared(
      "An update that was not trained for it is not orthogonal.",
      equals([frobenius(multiply(transpose(W), update)), frobenius(multiply(update, transpose(W)))], [expected.WtDelta, expected.DeltaWt], {
        what: tex`matrices M: $\lVert W^TBA\rVert_F$ and $\lVert BAW^T\rVert_F$`,
      }),
    ),
    printed(
      "An update can be orthogonal to both and still learn.",
      atLeast(freedom(W, transpose(W)), 1, {
        what: tex`dimension of the solutions $\Delta W$ for the $3\times3$ matrix $W$ of M`,
        claims,
        counterExample: tex`$W_{pre}$ square and of full rank, as small as $W_{pre}=1$: $W_{pre}^T\Delta W=0$ only for $\Delta W=0$.`,
      }),
    ),
    corrected(
      tex`$\lVert W^T\Delta W\rVert_F\ge\sigma_{min}\lVert\Delta W\rVert_F$; solutions other than 0 need rank$(W_{pre})<d$, and are $(d_{out}-\rho)(d_{in}-\rho)$ for rank $\rho$.`,
      atLeast(frobenius(multiply(transpose(W), update)), smallSvd(W).values[2] * frobenius(update), { what: "matrices M: both sides" }),
      equals(freedom(low, transpose(low)), 4, { what: tex`dimension for a drawn $5\times5$ matrix of rank 3`, tolerance: 0 }),
    ),
    corrected(
      tex`With the $k$ leading directions in the place of $W_{pre}$ there are $(d-k)^2$ of them: $\Delta W=(I-U_kU_k^T)X(I-V_kV_k^T)$.`,
      equals(freedom(U, V), 4, { what: tex`dimension for $W$ of M at $k=1$`, tolerance: 0 }),
      equals(penalty({ U, V }, inside, inside), 0, { what: tex`what is left of $U_1$ and $V_1$ in such a $\Delta W$`, tolerance: 1e-12 }),
      atLeast(frobenius(inside), .01, { what: "and its norm" }),
    ),
  ];
});

export const triggerPenalty = theoremCell({
  id: "B-10",
  section: "5.2",
  title: "Equation 10: the trigger-insensitive penalty",
  statement: tex`$\Omega(A,B)=\lVert U^TB\rVert_F^2+\lVert AV\rVert_F^2$ as a soft form of equation 9.`,
}, () => {
  const { W, B, A } = matricesM(), { expected } = fixture("B-10"), { U, V } = directions(W, 1), claims = ["B-5.2-3"];
  const omega = (k: number, b = B, a = A) => penalty(directions(W, k), b, a), all = directions(W, 3);
  const along = (i: number) => penalty(all, columnOf(all.U, i), transpose(columnOf(all.V, i)));
  const gradients = [scaled(multiply(projection(U), B), 2), scaled(multiply(A, projection(V)), 2)], drawn = bounds();
  return [
    shared(
      tex`Truncated to the leading $k$ directions.`,
      equals([1, 2, 3].map((k) => omega(k)), expected.omega, { what: tex`matrices M: $\Omega_1,\Omega_2,\Omega_3$` }),
    ),
    printed(
      tex`With all of $U$ and $V$ it tells an update along the first direction of $W_{pre}$ from one along the last.`,
      atLeast(along(0) - along(2), .01, {
        what: tex`$\Omega$ of $B=u_1$, $A=v_1^T$ less that of $u_3$, $v_3^T$, all directions, $W$ of M`,
        claims,
        counterExample: tex`Both are 2: $U$ and $V$ are orthogonal, so $\lVert U^TB\rVert=\lVert B\rVert$ in every direction.`,
      }),
    ),
    corrected(
      tex`With all directions $\Omega=\lVert A\rVert_F^2+\lVert B\rVert_F^2$ exactly: weight decay on $A$ and $B$.`,
      equals([omega(3), expected.norms], [squares(A, B), squares(A, B)], {
        what: tex`$\Omega_3$ of matrices M against the norms`,
        claims,
        tolerance: 1e-12,
      }),
      equals(drawn.full, drawn.norms, { what: "200 drawn square weights and factors, all directions", claims, tolerance: 1e-9 }),
    ),
    corrected(
      tex`With $k$ directions it bounds the overlap: $\lVert U_k^TBA\rVert_F\le\sqrt{\Omega_k}\,\lVert A\rVert_2$ and $\lVert BAV_k\rVert_F\le\sqrt{\Omega_k}\,\lVert B\rVert_2$.`,
      atMost(drawn.overlaps, drawn.limits, { what: tex`the same 200 at $k=2$, both sides of $W$`, tolerance: 1e-12 }),
    ),
    corrected(
      tex`It is no function of $\Delta W$: $(2B,A/2)$ is the same update.`,
      equals(omega(1, scaled(B, 2), scaled(A, .5)), expected.omega1_rescaled, { what: tex`$\Omega_1$ of $(2B,A/2)$` }),
      atLeast(omega(1, scaled(B, 2), scaled(A, .5)) - omega(1), .1, { what: tex`how far it is from that of $(B,A)$` }),
    ),
    shared(
      tex`Gradients: $2U_kU_k^TB$ and $2AV_kV_k^T$.`,
      equals(gradients[0].data, expected.gradB.flat(), { what: tex`by $B$ at $k=1$` }),
      equals(gradients[1].data, expected.gradA.flat(), { what: tex`by $A$` }),
      equals(
        [gradientByDifferences((b) => omega(1, b), B), gradientByDifferences((a) => omega(1, B, a), A)].flatMap(({ data }) => [...data]),
        gradients.flatMap(({ data }) => [...data]),
        {
          what: "both by central differences",
        },
      ),
    ),
  ];
});

/** 200 drawn weights [6, 6] with factors of rank 2: the penalty with all directions, the norms, and the overlaps at k = 2 with their limits. */
function bounds() {
  const found = Array.from({ length: 200 }, (_, i) => {
    const rng = theoryRng.fork("B-10").fork(i), W = drawMatrix(6, 6, 1, rng), B = drawMatrix(6, 2, 1, rng), A = drawMatrix(2, 6, 1, rng);
    const { U, V } = directions(W, 2), root = Math.sqrt(penalty({ U, V }, B, A)), update = multiply(B, A);
    return {
      full: penalty(directions(W, 6), B, A),
      norms: squares(A, B),
      overlaps: [frobenius(multiply(transpose(U), update)), frobenius(multiply(update, V))],
      limits: [root * smallSvd(transpose(A)).values[0], root * smallSvd(B).values[0]],
    };
  });
  const list = (of: (one: typeof found[number]) => number | number[]) => found.flatMap(of);
  return {
    full: list(({ full }) => full),
    norms: list(({ norms }) => norms),
    overlaps: list(({ overlaps }) => overlaps),
    limits: list(({ limits }) => limits),
  };
}

export const trainingObjective = theoremCell({
  id: "B-11",
  section: "5.2",
  title: "Equation 11: the objective",
  statement: tex`$\mathcal L=\mathcal L_{sup}+\lambda\,\Omega(A,B)$, $\lambda=10$.`,
}, () => {
  const { W, B, A } = matricesM(), { inputs: { logits, labels } } = fixture("A-1"), claims = ["B-5.2-5"];
  const supervised = (logits as number[][]).reduce((sum, row, i) => sum + crossEntropy(row, labels[i]), 0), { U, V } = directions(W, 1);
  const loss = (lambda: number, b: Matrix) => supervised + lambda * penalty({ U, V }, b, A), omega = fixture("B-10").expected.omega[0], modules = 48;
  return [
    shared(
      tex`Loss of the logits $(2,0)$ and $(0,1)$, both of class 0, and $\Omega_1$ of matrices M.`,
      equals(loss(10, B), fixture("A-1").expected.sum + 10 * omega, { what: tex`$\mathcal L$ at $\lambda=10$`, claims, tolerance: 1e-9 }),
    ),
    shared(
      tex`Its gradient by $B$ gains $2\lambda U_kU_k^TB$.`,
      equals(gradientByDifferences((b) => loss(10, b), B).data, (fixture("B-10").expected.gradB as number[][]).flat().map((value) => 10 * value), {
        what: "by central differences, the supervised part held",
        claims,
        tolerance: 1e-9,
      }),
    ),
    corrected(
      tex`Over several modules $\Omega$ is a sum or a mean; the text leaves it open. For 24 layers with query and value that is a factor of 48 in $\lambda$.`,
      equals(loss(10 * modules, B) - supervised, modules * (loss(10, B) - supervised), {
        what: tex`48 equal modules: sum at $\lambda$ against mean at $48\lambda$`,
        tolerance: 1e-9,
      }),
    ),
  ];
});
