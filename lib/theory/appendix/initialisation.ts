/** How A is drawn: Kaiming-uniform with a scale, Gaussian, Xavier-normal (paper A, section 4.4.2 with footnote 2, and appendix E.2). */
import type { InitScheme } from "../../adapter/method.ts";
import { mean } from "../../math/statistics.ts";
import { drawA } from "../../ntk/lora_spectrum.ts";
import { dot } from "../../ntk/network.ts";
import { atMost, equals, printed, shared, theoremCell } from "../check.ts";
import { bulkRng, theoryRng } from "../draws.ts";
import { fixture } from "../fixtures.ts";
import { fourErrors, largest } from "../quantities.ts";

const tex = String.raw;

/** The parameter a that gives Var = k / n in a library whose gain is sqrt(2 / (1 + a^2)); it has none for k > 2. */
const libraryParameter = (k: number): number => Math.sqrt(Math.max(2 / k - 1, 0));
const libraryBound = (k: number, n: number): number => Math.sqrt(2 / (1 + libraryParameter(k) ** 2)) * Math.sqrt(3 / n);

/** n times the mean square of the entries, per draw of A [rank, n], over k, with 4 standard errors; and the largest entry. */
function drawnVariance(init: InitScheme, rank: number, n: number, k: number, draws: number) {
  const rng = bulkRng(theoryRng.fork(`variance ${init}`).fork(k));
  const all = Array.from({ length: draws }, () => drawA({ rank, init, initVariance: k }, n, rng).data);
  const scaled = all.map((data) => dot(data, data) / rank / k);
  return { mean: mean(scaled), error: fourErrors(scaled), top: largest(all.map((data) => largest(data.map(Math.abs)))) };
}

export const kaimingUniform = theoremCell({
  id: "A-x1",
  section: "4.4.2",
  title: "Kaiming-uniform with a variance scale, section 4.4.2",
  statement:
    tex`$A_{ij}\sim U(-b,b)$ with $b=\sqrt{3k/n}$, so that $\mathrm{Var}=k/n$. Libraries take $a=\sqrt{\max(2/k-1,0)}$; their default $a=\sqrt5$ is $k=1/3$.`,
}, () => {
  const { inputs: { n, k: listed }, expected } = fixture("A-x1"), plotted = [2, 1.5, 1, .667, .333, .1, .001, .0001], draws = 200;
  const measured = [1 / 3, ...plotted].map((k) => ({ k, ...drawnVariance("kaiming-uniform", 1, n, k, draws) }));
  return [
    shared(
      "A uniform variable on $(-b,b)$ has the variance $b^2/3=k/n$.",
      ...measured.map(({ k, mean: value, error }) =>
        equals(value, 1, {
          what: tex`$k=${Number(k.toFixed(4))}$, $n=1024$, ${draws} draws of a row of $A$: $n\,\mathrm{Var}/k$, within 4 standard errors`,
          claims: ["A-4.4.2-1"],
          tolerance: error,
        })
      ),
    ),
    shared(
      "No entry is beyond $b$.",
      atMost(measured.map(({ top }) => top), measured.map(({ k }) => Math.sqrt(3 * k / n)), {
        what: "largest entry of the draws against $b$",
        tolerance: 1e-8,
      }),
    ),
    shared(
      tex`The library's gain $\sqrt{2/(1+a^2)}$ times $\sqrt{3/n}$ is $b$ as long as $k\le2$.`,
      equals(listed.map(libraryParameter), expected.a, { what: "$k=1/3,1,2,3$: $a$" }),
      equals(listed.map((k: number) => libraryBound(k, n)), expected.bound, { what: "$n=1024$, $k=1/3,1,2,3$: the library's bound" }),
      equals(plotted.map((k) => libraryBound(k, n)), plotted.map((k) => Math.sqrt(3 * k / n)), {
        what: tex`every plotted $k$: the bound against $\sqrt{3k/n}$`,
      }),
    ),
    printed(
      tex`$a=\sqrt{\max(2/k-1,0)}$ gives $\mathrm{Var}=k/n$ for every $k$.`,
      equals(libraryBound(3, n), Math.sqrt(9 / n), {
        what: tex`$k=3$: the library's bound against $\sqrt{3k/n}$`,
        counterExample: "$k=3$: $a=0$ and the bound is that of $k=2$. No plotted $k$ is above 2.",
      }),
    ),
  ];
});

export const otherFamilies = theoremCell({
  id: "A-x2",
  section: "E.2",
  title: "Gaussian and Xavier-normal, appendix E.2",
  statement: tex`Gaussian: $A_{ij}\sim\mathcal N(0,k/n)$. Xavier-normal with gain $\sqrt k$: variance $2k/(r+n)$.`,
}, () => {
  const { inputs: { n, r, k }, expected } = fixture("A-x2"), draws = 30;
  const [gaussian, xavier] = (["gaussian", "xavier-normal"] as const).map((init) => drawnVariance(init, r, n, k, draws));
  const variance = 2 * k / (r + n), ratio = variance / (k / n);
  return [
    shared(
      "The Gaussian's variance is $k/n$, as Kaiming-uniform's.",
      equals(gaussian.mean, 1, { what: tex`$r=8$, $n=1024$, $k=1/3$, ${draws} draws: $n\,\mathrm{Var}/k$`, tolerance: gaussian.error }),
    ),
    shared(
      tex`Xavier's counts both sizes, so at equal $k$ and $r\ll n$ its variance is nearly twice as large: the families are compared at unequal variance.`,
      equals([variance, ratio], [expected.v, expected.ratio], { what: "$r=8$, $n=1024$, $k=1/3$: the variance, and over the Gaussian's" }),
      equals(xavier.mean, ratio, { what: tex`${draws} draws: $n\,\mathrm{Var}/k$`, tolerance: xavier.error }),
    ),
  ];
});
