/** Formulas of the tables (paper B; used, not numbered): margin, attack success, overhead, and which percentages can be. */
import { attackSuccessRate } from "../../evaluate/metrics.ts";
import { equals, shared, theoremCell } from "../check.ts";
import { theoryRng } from "../draws.ts";

const tex = String.raw;
/** Rows of class 1 with the trigger, and all test rows: SST-2, CR, CoLA. */
const attacked = [909, 481, 721], tested = [1821, 775, 1043];

export const robustnessMargin = theoremCell({
  id: "B-x1",
  section: "6",
  title: "Table 2: robustness margin",
  statement: tex`$\Delta=\mathrm{CA}-\mathrm{ASR}$, in per cent.`,
}, () => {
  const margin = (accuracy: number, success: number) => accuracy - success;
  return [
    shared(
      "A difference of two rates on different rows.",
      equals(margin(92.46, 7.48), 84.98, { what: tex`$\mathrm{CA}=92.46$, $\mathrm{ASR}=7.48$` }),
    ),
    shared(
      "One number for two errors: a model that loses as much accuracy as it wins robustness keeps it. So neither rate is shown here without the other.",
      equals(margin(84.98, 0), margin(92.46, 7.48), { what: tex`$\mathrm{CA}=84.98$, $\mathrm{ASR}=0$ against the above`, tolerance: 1e-12 }),
    ),
  ];
});

export const attackSuccess = theoremCell({
  id: "B-x2",
  section: "6",
  title: "Attack success rate",
  statement: tex`$\mathrm{ASR}=\frac{\#\{y\ne y_{bd},\ \hat y(x^{trig})=y_{bd}\}}{\#\{y\ne y_{bd}\}}$, target class 0.`,
}, () => {
  const rng = theoryRng.fork("B-x2"), drawn = Array.from({ length: 200 }, () => rng.integer(910));
  return [
    shared(
      "Over the triggered rows of class 1 only; with two classes it is 1 less the accuracy on them.",
      equals(Math.round(1e4 * attackSuccessRate([[912, 0], [68, 841]], 0)) / 100, 7.48, { what: "68 of SST-2's 909 rows, per cent to two digits" }),
      equals(drawn.map((k) => attackSuccessRate([[0, 0], [k, 909 - k]], 0)), drawn.map((k) => 1 - (909 - k) / 909), {
        what: "200 drawn counts of 909",
        tolerance: 1e-12,
      }),
    ),
    shared(
      "It counts errors that have nothing to do with the trigger as well: what a never-poisoned model shows on the same rows, and the false-positive rate without the trigger, belong beside it.",
      equals(attackSuccessRate([[0, 0], [481, 0]], 0), 1, { what: "a constant model that says 0, never poisoned", tolerance: 0 }),
    ),
  ];
});

export const overhead = theoremCell({
  id: "B-x8",
  section: "6.1",
  title: "Table 3: overhead",
  statement: tex`$(t_{RoRA}-t_{LoRA})/t_{LoRA}$ from milliseconds per iteration.`,
}, () => {
  const times = [[94, 100], [90, 105], [84, 90]], of = (lora: number, rora: number) => 100 * (rora - lora) / lora;
  const extremes = times.map(([lora, rora]) => [of(lora + .5, rora - .5), of(lora - .5, rora + .5)]);
  return [
    shared(
      "In per cent.",
      equals(times.map(([lora, rora]) => of(lora, rora)), [6.382979, 16.666667, 7.142857], {
        what: "BERT 94 and 100, RoBERTa 90 and 105, LLaMA 84 and 90",
      }),
    ),
    shared(
      "Whole milliseconds leave about one per cent to either side.",
      equals(extremes.flat(), [5.291005, 7.486631, 15.469613, 17.877095, 5.917160, 8.383234], {
        what: "smallest and largest overhead that round to them",
      }),
    ),
  ];
});

/** Whether some k of N rows gives v per cent at two digits. */
const fits = (v: number, N: number): boolean =>
  [Math.floor(v * N / 100), Math.ceil(v * N / 100)].some((k) => Math.abs(Math.round(1e4 * k / N) / 100 - v) < 1e-9);

export const gridTest = theoremCell({
  id: "B-x9",
  section: "A.1",
  title: "Which percentages can be",
  statement: tex`A percentage $v$ with two digits fits $N$ rows if a whole $k$ rounds to it: $100k/N\approx v$.`,
}, () => {
  const values = Array.from({ length: 10_001 }, (_, i) => i / 100), chance = (N: number) => values.filter((v) => fits(v, N)).length / values.length;
  return [
    shared(
      tex`Two published cells.`,
      equals([Number(fits(7.48, 909)), Math.round(7.48 * 9.09), Number(fits(92.46, 1821))], [1, 68, 0], {
        what: tex`7.48 on 909 rows fits, with $k$; 92.46 on 1,821 rows does not: a mean, or other rows`,
        tolerance: 0,
      }),
    ),
    shared(
      tex`A value fits by chance in $(N+1)/10001$ of the cases, 1,822 of 10,001 values for 1,821 rows: a column of cells is evidence, one cell is not.`,
      equals([...attacked, ...tested].map(chance), [...attacked, ...tested].map((N) => (N + 1) / 10_001), {
        what: "909, 481, 721 and 1,821, 775, 1,043 rows",
        tolerance: 1e-9,
      }),
    ),
  ];
});
