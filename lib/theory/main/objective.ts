/** Section 2.1: the objective, a layer, LoRA's update and its intermediate state (paper A, equations 1 to 4). */
import { type Matrix, matrixOf, multiply, times } from "../../math/matrix.ts";
import { effectiveWeight, forward, type Layer, networkN, withAdapter } from "../../ntk/network.ts";
import { svd } from "../../tensor/linalg.ts";
import { corrected, equals, printed, shared, theoremCell } from "../check.ts";
import { fixture } from "../fixtures.ts";
import { crossEntropy } from "../quantities.ts";

const tex = String.raw;

export const objective = theoremCell({
  id: "A-1",
  section: "2.1",
  title: "Equation 1: the training objective",
  statement:
    tex`The risk of the parameters $\Theta$ is the sum of the losses of the training rows: $\hat{\mathcal L}(\Theta)=\sum_i\mathcal L(F_\Theta(x_i),y_i)$.`,
}, () => {
  const { inputs: { logits, labels }, expected } = fixture("A-1");
  const losses = (logits as number[][]).map((row, i) => crossEntropy(row, labels[i]));
  const sum = losses.reduce((a, b) => a + b);
  return [
    shared(
      tex`With cross-entropy, $\mathcal L(z,y)=\log\sum_ke^{z_k}-z_y$.`,
      equals(losses, [Math.log1p(Math.exp(-2)), Math.log1p(Math.E)], { what: tex`losses of the logits $(2,0)$ and $(0,1)$, both of class 0` }),
    ),
    shared(tex`Summed over the rows.`, equals(sum, expected.sum, { what: tex`$\sum_i\mathcal L_i$` })),
    shared(
      tex`Training, here and in the released code, takes the mean $\frac1N\sum_i\mathcal L_i$: the same minimum, $1/N$ of the gradient.`,
      equals(sum / losses.length, expected.mean, { what: tex`$\frac1N\sum_i\mathcal L_i$` }),
    ),
  ];
});

export const linearLayer = theoremCell({
  id: "A-2",
  section: "2.1",
  title: "Equation 2: one layer",
  statement: tex`A layer maps $x^{(l)}$ to $y^{(l)}=W^{(l)}x^{(l)}+b^{(l)}$ and hands on $\sigma(y^{(l)})$.`,
}, () => {
  const { expected } = fixture("A-2"), { layers, x, x2 } = networkN();
  const [one, two] = [forward(layers, x), forward(layers, x2)];
  return [
    shared(tex`$y^{(1)}=W_1x$.`, equals(one.pre[0], expected.y1, { what: tex`pre-activations of network N at $x$` })),
    shared(
      tex`$u=\mathrm{ReLU}(y^{(1)})$, what the next layer reads.`,
      equals(one.post[0], expected.u, { what: tex`$u$ at $x$` }),
      equals(two.post[0], expected.uPrime, { what: tex`$u'$ at $x'$` }),
    ),
    shared(
      tex`The last layer is linear: $F=W_2u$.`,
      equals(one.output, expected.F, { what: tex`$F(x)$` }),
      equals(two.output, expected.FPrime, { what: tex`$F(x')$` }),
    ),
    shared(
      tex`Here layer $l$ reads $n_l$ numbers; from section 3.1 on it reads $n_{l-1}$. The code says "in" and "out".`,
      equals(layers.flatMap(({ weight }) => [weight.rows, weight.cols]), [4, 3, 2, 4], { what: "out and in of the two layers", tolerance: 0 }),
    ),
  ];
});

export const loraUpdate = theoremCell({
  id: "A-3",
  section: "2.1",
  title: "Equation 3: LoRA's update",
  statement:
    tex`$W$ stays; what is learnt is $\Delta W=BA$ with $A\in\mathbb R^{r\times n_{in}}$, $B\in\mathbb R^{n_{out}\times r}$ and $r\ll\min(n_{in},n_{out})$.`,
}, () => {
  const { inputs: { s, ...inputs }, expected } = fixture("A-3");
  const [A, B, W] = [inputs.A, inputs.B, inputs.W].map(matrixOf) as [Matrix, Matrix, Matrix];
  const layer: Layer = { weight: W, trained: false };
  const product = multiply(B, A), merged = (expected.merged as number[][]).flat();
  const wide = multiply(matrixOf([[1], [-2], [3]]), matrixOf([[.5, 1, -1, 2]]));
  const computes = (scale: number) => effectiveWeight(withAdapter(layer, A, scale, B)).data;
  return [
    shared(tex`$\Delta W=BA$.`, equals(product.data, (expected.BA as number[][]).flat(), { what: tex`$BA$` })),
    shared(
      tex`Its rank is at most $r$.`,
      equals(svd(wide).s.slice(1), [0, 0], { what: tex`all singular values of a $3\times4$ update with $r=1$ but the largest` }),
    ),
    shared(
      tex`At the start $B=0$, so the layer computes with $W$.`,
      equals(effectiveWeight(withAdapter(layer, A, s)).data, W.data, { what: tex`$W+sBA$ at $B=0$`, tolerance: 0 }),
    ),
    printed(
      tex`The layer computes with $W+BA$.`,
      equals(computes(1), merged, {
        what: tex`$W+BA$ against what LoRA applies at $\alpha=4$, $r=2$`,
        counterExample: tex`$s=\alpha/r=2$: the second entry is $-0.37$ without the factor, $-0.54$ with it.`,
      }),
    ),
    corrected(
      tex`It computes with $W+sBA$, $s=\alpha/r$; the paper's default is $\alpha=16$, $r=8$, so $s=2$. No formula of the paper has $s$.`,
      equals(computes(s), merged, { what: tex`$W+sBA$ at $s=2$` }),
    ),
  ];
});

export const intermediateState = theoremCell({
  id: "A-4",
  section: "2.1",
  title: "Equation 4: LoRA's intermediate state",
  statement: tex`Between the two factors stands $y_I=Ax\in\mathbb R^r$.`,
}, () => {
  const { expected } = fixture("A-4"), { layers, A1, A2, x } = networkN(), u = forward(layers, x).post[0];
  const state = times(A2, u);
  return [
    shared(tex`$y_I=A_2u$ for network N.`, equals(state, expected.yI, { what: tex`$A_2u$` })),
    shared(
      tex`It has $r$ numbers, whatever the layer reads.`,
      equals([state.length, A1.rows], [2, 2], { what: "rows of the state in layers that read 4 and 3 numbers", tolerance: 0 }),
    ),
  ];
});
