/** Formulas that turn published metrics into counts, and rates into exposures (paper A; used, not numbered). */
import type { Rng } from "../../math/random.ts";
import { mean } from "../../math/statistics.ts";
import type { Confusion } from "../../evaluate/confusion.ts";
import { attackSuccessRate, falsePositiveRate, metricsOf } from "../../evaluate/metrics.ts";
import { atMost, equals, shared, theoremCell } from "../check.ts";
import { theoryRng } from "../draws.ts";
import { fixture } from "../fixtures.ts";
import { fourErrors } from "../quantities.ts";

const tex = String.raw;

/** ASR from accuracy and recall on triggered rows; pi is the share of class 1. */
const successRate = (accuracy: number, recall: number, pi: number): number => 1 - (accuracy - pi * recall) / (1 - pi);

const positives = (rows: number, accuracy: number, precision: number, recall: number): number =>
  rows * (1 - accuracy) / (1 - recall * (2 - 1 / precision));

/** A confusion of 872 rows, 444 of them of class 1, as SST-2's test rows are. */
function drawnConfusion(rng: Rng): Confusion {
  const wrong = rng.integer(428), hit = 1 + rng.integer(444);
  return [[428 - wrong, wrong], [444 - hit, hit]];
}

const confusions = (name: string): Confusion[] => Array.from({ length: 200 }, (_, i) => drawnConfusion(theoryRng.fork(name).fork(i)));

export const fromAccuracyToSuccess = theoremCell({
  id: "A-x3",
  section: "E.1",
  title: "From triggered accuracy to attack success",
  statement: tex`$\mathrm{ASR}_{0\to1}=1-\frac{acc-\pi\,rec}{1-\pi}$ with $\pi$ the share of class 1, all metrics against true labels.`,
}, () => {
  const { inputs: { acc, recall, pi }, expected } = fixture("A-x3"), all = confusions("A-x3"), share = 444 / 872;
  const converted = all.map((confusion) => successRate(metricsOf(confusion).accuracy, metricsOf(confusion).recall, share));
  const means = (["accuracy", "recall"] as const).map((metric) => mean(all.map((confusion) => metricsOf(confusion)[metric])));
  return [
    shared(
      tex`$acc=\pi\,rec+(1-\pi)\,tnr$, and the ASR is $1-tnr$: the share of rows of class 0 that are predicted as 1.`,
      equals(converted, all.map((confusion) => attackSuccessRate(confusion, 1)), {
        what: "200 drawn confusions of 872 rows: formula against counts",
        tolerance: 1e-12,
      }),
      equals(successRate(acc, recall, pi), expected.asr, { what: "appendix E.1, multiple triggers, full fine-tuning" }),
    ),
    shared(
      "On rows without the trigger the same number is the false-positive rate.",
      equals(converted, all.map((confusion) => falsePositiveRate(confusion, 1)), {
        what: "the same confusions, read as clean",
        tolerance: 1e-12,
      }),
    ),
    shared(
      "It is linear in $(acc,rec)$, so it may be applied to means over seeds.",
      equals(successRate(means[0], means[1], share), mean(converted), { what: "of the means against mean of the values", tolerance: 1e-12 }),
    ),
  ];
});

export const classCount = theoremCell({
  id: "A-x4",
  section: "4.3",
  title: "Class count of a run",
  statement: tex`$P=\frac{N(1-acc)}{1-rec(2-1/prec)}$ rows of class 1 among $N$ test rows.`,
}, () => {
  const { inputs: { N, acc, prec, rec }, expected } = fixture("A-x4"), all = confusions("A-x4");
  const recovered = all.map((confusion) => {
    const { accuracy, precision, recall, rows } = metricsOf(confusion);
    return positives(rows, accuracy, precision, recall);
  });
  return [
    shared(
      tex`$N(1-acc)=fn+fp$ with $fn=P(1-rec)$ and $fp=P\,rec(1/prec-1)$; solved for $P$. Every run's triple gives a whole number.`,
      equals(positives(N, acc, prec, rec), expected.P, { what: "$N=872$, the published triple of a run" }),
      equals(recovered, recovered.map(() => 444), { what: "200 drawn confusions with 444 rows of class 1" }),
    ),
  ];
});

const trainRows = { "SST-2": 67349, CoLA: 8551, QNLI: 104743, QQP: 363846 };
const rowsSeen = (rows: number, epochs: number, steps: number, batch: number): number => Math.min(epochs * rows, steps * batch);

export const exposures = theoremCell({
  id: "A-x5",
  section: "4.1",
  title: "Exposure count",
  statement: tex`Poisoned rows seen in training: $\rho\cdot\min(epochs\cdot N,\;steps\cdot batch)$; in the paper 10,000 steps of 8 rows.`,
}, () => {
  const [rows, poisoned, seen, draws] = [673, 10, 800, 200], rng = theoryRng.fork("A-x5");
  const counted = Array.from({ length: draws }, (_, i) => countExposures(rows, poisoned, seen, rng.fork(i)));
  const sizes = Object.values(trainRows);
  return [
    shared(
      "Every whole epoch shows each poisoned row once; the last, cut one shows its share on average.",
      equals(countExposures(rows, poisoned, 3 * rows, rng), poisoned / rows * rowsSeen(rows, 3, 1e9, 8), {
        what: "673 rows, 10 of them poisoned, 3 whole epochs: counted",
      }),
      atMost(Math.abs(mean(counted) - poisoned / rows * rowsSeen(rows, 9, 100, 8)), fourErrors(counted), {
        what: tex`the same rows, 100 steps of 8, ${draws} orders: distance of the mean count from $\rho\cdot800$ against 4 standard errors`,
      }),
    ),
    shared(
      tex`10,000 steps end training before the epochs do, so the dose is $80{,}000\rho$ on every task, whatever its size.`,
      equals(sizes.map((size) => .0015 * rowsSeen(size, 10, 10_000, 8)), sizes.map(() => 120), {
        what: tex`$\rho=0.0015$ on SST-2, CoLA, QNLI, QQP`,
      }),
      equals(sizes.map((size) => 80_000 / size), [1.187842, 9.355631, .763774, .219873], { what: "epochs in effect" }),
    ),
  ];
});

/** How many of the first `seen` rows are poisoned, in fresh orders epoch by epoch. */
function countExposures(rows: number, poisoned: number, seen: number, rng: Rng): number {
  let count = 0;
  for (let epoch = 0; epoch * rows < seen; epoch++) {
    const order = rng.fork(epoch).shuffle(Array.from({ length: rows }, (_, row) => row));
    count += order.slice(0, seen - epoch * rows).filter((row) => row < poisoned).length;
  }
  return count;
}
