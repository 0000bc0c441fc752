/** Claims that published numbers and settings decide (R-AUDIT): reproduced if what is stated holds in them, partly if it holds in some. */
import { type Audit, type Deciders, isTrue } from "../decider.ts";
import { geometric } from "../../ntk/entropy_grid.ts";
import { renyiEntropy, shannonEntropy } from "../../ntk/information.ts";
import { paperSettings, promptsOfTable3, publishedFigures, publishedTables } from "../published.ts";
import { distanceToInteger, fitsTruncated, isConstant } from "../rules/integer.ts";
import { counted } from "../verdict.ts";
import { list } from "../words.ts";

/** A-4.1-1: tasks with at least one published number. Six are claimed, so fewer are not the claim. */
function tasksShown(): Audit {
  const { tasksAnnounced } = paperSettings();
  const inFigures = Object.values(publishedFigures().figures).flatMap(({ panels }) => Object.keys(panels));
  const shown = new Set([...inFigures, ...publishedTables().tables.map(({ dataset }) => dataset)]);
  const found = tasksAnnounced.filter((task) => shown.has(task)), absent = tasksAnnounced.filter((task) => !shown.has(task));
  return {
    verdict: isTrue(absent.length === 0),
    effect: `${found.length} of ${tasksAnnounced.length} tasks have a published number${absent.length ? `; none: ${list(absent)}` : ""}`,
    ours: `${found.length} of ${tasksAnnounced.length} tasks have a published number`,
  };
}

/** A-4.1-2: stable means that no run of Figure 6 collapses up to the rate 0.35; learning rates of the rank sweeps are told beside it. */
function stable(): Audit {
  const { perSeed: { rates, tasks }, stableUpToRate } = paperSettings();
  const runs = Object.entries(tasks).flatMap(([task, { rows, positives, ...methods }]) =>
    Object.entries(methods).flatMap(([method, { right, truePositives }]) =>
      right.flatMap((counts, seed) =>
        rates.map((rate, i) => ({ task, method, rate, rows, positives, right: counts[i], truePositives: truePositives[seed][i] }))
      )
    )
  );
  const collapsed = runs.filter(isConstant), within = collapsed.filter(({ rate }) => rate <= stableUpToRate);
  const { figure9, figure10 } = publishedFigures().figures;
  return {
    verdict: isTrue(within.length === 0),
    effect: `${collapsed.length} of ${runs.length} runs of Figure 6 predict one class, ${within.length} of them at rates up to ${stableUpToRate}: ` +
      `${list(within.map(({ task, method, rate }) => `${task} ${method} ${rate}`))}; learning rates over ranks: ` +
      `label flips ${ratesInWords(figure9.learningRate)}, backdoor ${ratesInWords(figure10.learningRate)}`,
    ours: `${within.length} runs of Figure 6 collapsed at rates up to ${stableUpToRate}`,
  };
}

function ratesInWords(rates: number | Readonly<Record<string, number>> | undefined): string {
  if (typeof rates !== "object") return rates?.toExponential() ?? "unknown";
  return Object.entries(rates).map(([task, rate]) => `${task} ${rate.toExponential()}`).join(", ");
}

/** A-4.1-3 and A-E.1-6: a mean over n runs of N rows is k / (n N) for a whole k; tables print percentages cut to two decimals. */
function fits() {
  const { figures } = publishedFigures(), { seedsAnnounced, perSeed } = paperSettings();
  const distances = Object.values(figures).flatMap(({ panels }) =>
    Object.values(panels).flatMap(({ testRows, ...arms }) =>
      Object.values(arms).flatMap((arm) =>
        typeof arm === "number"
          ? []
          : arm.accuracy.mean.flatMap((value) => value === null ? [] : [distanceToInteger(value, seedsAnnounced, testRows as number)])
      )
    )
  );
  const table = (name: string, column: string) =>
    publishedTables().tables.find(({ table }) => table === name)!.rows.map((row) => row[column] as number);
  const e1 = table("E.1", "accMean"), two = table("2", "accMean"), three = table("3", "ASR"), { rows } = perSeed.tasks["SST-2"];
  const all = (values: readonly number[], total: number) => values.filter((value) => fitsTruncated(value, total)).length;
  return {
    figures: { points: distances.length, farthest: Math.max(...distances) },
    e1: { values: e1.length, five: all(e1, 5 * rows), three: all(e1, 3 * rows) },
    table2: { values: two.length, five: all(two, 5 * rows) },
    // printed rounded, and one run's rates are among those of five: what fits one run is evidence for one run alone
    table3: { values: three.length, one: three.filter((value) => distanceToInteger(value / 100, 1, promptsOfTable3) < 0.01).length },
  };
}

/** A-4.1-3: figures, Table 2, Table E.1 and Table 3 each show five runs or not. */
function fiveRuns(): Audit {
  const { figures, e1, table2, table3 } = fits();
  const five = [figures.farthest < 0.01, table2.five === table2.values, e1.five === e1.values, table3.one < table3.values];
  return {
    verdict: counted(five.filter(Boolean).length, five.length),
    effect:
      `five runs fit all ${figures.points} accuracies of the figures (at most ${
        figures.farthest.toFixed(4)
      } from a whole number), ${table2.five} of ` +
      `${table2.values} of Table 2 and ${e1.five} of ${e1.values} of Table E.1 (three runs fit ${e1.three}); ${table3.one} of ${table3.values} rates of Table 3 are ` +
      `whole hits of one run on ${promptsOfTable3} prompts`,
    ours: `${five.filter(Boolean).length} of ${five.length} sets of published numbers fit five runs`,
  };
}

/** A-E.1-6: the seeds of the main experiments are five; Table E.1 fits three. */
function sameSeeds(): Audit {
  const { e1 } = fits();
  return {
    verdict: isTrue(e1.five === e1.values),
    effect: `five runs fit ${e1.five} of the ${e1.values} accuracies, three runs ${e1.three}`,
    ours: e1.three === e1.values ? "all accuracies of Table E.1 fit three runs" : "neither three nor five runs fit Table E.1",
  };
}

/** A-4.1-4: experiments with LoRA at the stated rank and alpha. */
function loraDefaults(): Audit {
  const { loraAnnounced: { rank, alpha }, lora: { experiments } } = paperSettings();
  const others = experiments.filter((one) => one.rank !== rank || one.alpha !== alpha), found = experiments.length - others.length;
  return {
    verdict: counted(found, experiments.length),
    effect: `rank ${rank} and alpha ${alpha} in ${found} of ${experiments.length} experiments; not in ${
      list(others.map((one) => `${one.items.join(" and ")} (rank ${one.rank}, alpha = ${one.alpha})`))
    }`,
    ours: `${found} of ${experiments.length} experiments have rank ${rank} and alpha ${alpha}`,
  };
}

/** A-4.2-2: whether attack success on triggered rows is a metric that the backdoor figure plots; and what it shows for a complete backdoor. */
function metricPlotted(): Audit {
  const { panels } = publishedFigures().figures.figure7, { metricAnnounced } = paperSettings();
  const derived = "class0PredictedAs1"; // ours, computed from accuracy and recall
  const plotted = Object.keys(panels["SST-2"].FF).filter((metric) => metric !== derived);
  const last = Object.entries(panels).map(([task, { testRows, positiveRows, FF }]) => {
    const { mean } = (FF as Record<string, { mean: readonly number[] }>).accuracy;
    return `${task} ${mean.at(-1)!.toFixed(3)} (share of class 1: ${((positiveRows as number) / (testRows as number)).toFixed(3)})`;
  });
  return {
    verdict: isTrue(plotted.includes("attackSuccessRate")),
    effect: `stated: ${metricAnnounced}; plotted: ${list(plotted)} against true labels, so that FF at the highest rate stands at ${last.join(", ")}`,
    ours: `plotted: ${list(plotted)}`,
  };
}

/** A-4.4.1-7: sweeps over ranks that reach both ends of the stated range, label flips and backdoor. */
function ranksShown(): Audit {
  const [from, to] = paperSettings().ranksAnnounced;
  const sweeps = Object.values(publishedFigures().figures).filter(({ xName }) => xName === "rank").map(({ x }) => [Math.min(...x), Math.max(...x)]);
  const whole = sweeps.filter(([low, high]) => low === from && high === to).length;
  return {
    verdict: counted(whole, sweeps.length),
    effect: `published ranks: ${sweeps.map(([low, high]) => `${low} to ${high}`).join(" (label flips), ")} (backdoor)`,
    ours: `${whole} of ${sweeps.length} sweeps go from ${from} to ${to}`,
  };
}

/** A-3.2-1: the assumption holds for an experiment in which one module is adapted. */
function oneLayer(): Audit {
  const { adaptedModules: { layers, perLayer, others } } = paperSettings(), modules = layers * perLayer + others.length;
  return {
    verdict: isTrue(modules === 1),
    effect: `every experiment adapts ${modules} modules, ${list(others)} included; the assumption allows one`,
    ours: `${modules} adapted modules`,
  };
}

/** A-E.3-5: attack scenarios announced and reported. */
function scenarios(): Audit {
  const { announced, reported } = paperSettings().scenarios;
  return {
    verdict: isTrue(reported.length === announced),
    effect: `${announced} announced, ${reported.length} reported: ${list(reported)}`,
    ours: `${reported.length} of ${announced} scenarios reported`,
  };
}

/**
 * A-3.3-14: the colour at a corner of the released image, as its pixels have it, as the script draws it (rows of ranks upward) and as the
 * labels would have it. The claim holds if the array as labelled is the array as drawn.
 */
function figure3Axes(): Audit {
  const { factor, ranks, scales, labels: { x, y }, pixels } = paperSettings().figure3, cells = ranks.count;
  const cell = (value: number, { from, to }: { from: number; to: number }) => Math.min(cells - 1, Math.floor(cells * (value - from) / (to - from)));
  const [rankAt, scaleAt] = [ranks, scales].map(({ from, to, count }) => geometric(from, to, count));
  const drawn = (atX: number, atY: number) => factor * Math.log(rankAt[cell(atY, y)] * scaleAt[cell(atX, x)]);
  const labelled = (rank: number, scale: number) => factor * Math.log(rank * scale);
  const corners = [{ name: "top left", at: [x.from, y.to], pixel: pixels.topLeft }, {
    name: "bottom right",
    at: [x.to, y.from],
    pixel: pixels.bottomRight,
  }];
  const away = (of: (atX: number, atY: number) => number) => Math.max(...corners.map(({ at: [atX, atY], pixel }) => Math.abs(of(atX, atY) - pixel)));
  const said = corners.map(({ name, at: [atX, atY], pixel }) =>
    `${name}: pixel ${(pixel / factor).toFixed(2)}, drawn ${(drawn(atX, atY) / factor).toFixed(2)}, as labelled ${
      (labelled(atX, atY) / factor).toFixed(2)
    }`
  );
  return {
    verdict: isTrue(away(labelled) <= away(drawn)),
    effect: `ln(k r) at the corners of the image. ${said.join("; ")}: the axes are transposed`,
    ours: `ln(k r) off by ${(away(labelled) / factor).toFixed(2)} as labelled, ${(away(drawn) / factor).toFixed(2)} transposed`,
  };
}

/** A-C.1-2: whether the colour bar can hold Shannon entropies of r eigenvalues, 0 to ln r. */
function shannonDrawn(): Audit {
  const { colourBar: [low, high], ranks, factor, scales } = paperSettings().figure3, most = Math.log(ranks.to);
  const drawn = [ranks.from * scales.from, ranks.to * scales.to].map((product) => factor * Math.log(product));
  const inBar = low >= 0 && high <= most * 1.1;
  return {
    verdict: isTrue(inBar),
    effect:
      `Shannon entropies lie between 0 and ${
        most.toFixed(2)
      }; the colour bar runs from ${low.toExponential()} to ${high.toExponential()}, as 1e10 ln(k r) does ` +
      `(${drawn[0].toExponential(2)} to ${drawn[1].toExponential(2)})`,
    ours: "drawn: 1e10 ln(k r)",
  };
}

/**
 * A-4.4.2-4: R-COUNT of the definitions by which entropy of A^T A grows with k. Scaling the variance scales the whole spectrum, so a spectrum
 * and its double show the sign: log-trace ln sum lambda, raw H_0.5, and the normalised Shannon entropy that appendix C.1 names.
 */
function entropyGrows(): Audit {
  const spectrum = Float64Array.of(2, 1, 0.5), doubled = spectrum.map((value) => 2 * value);
  const total = (values: Float64Array) => Math.log(values.reduce((sum, value) => sum + value, 0));
  const grows = {
    "log-trace": total(doubled) - total(spectrum),
    "raw H_0.5": renyiEntropy(doubled, 0.5, "raw") - renyiEntropy(spectrum, 0.5, "raw"),
    "normalised Shannon": shannonEntropy(doubled) - shannonEntropy(spectrum),
  };
  const found = Object.values(grows).filter((difference) => difference > 1e-9).length, definitions = Object.keys(grows).length;
  return {
    verdict: counted(found, definitions),
    effect: `change of each entropy when k doubles: ${Object.entries(grows).map(([name, change]) => `${name} ${change.toFixed(3)}`).join(", ")}`,
    ours: `entropy grows with k by ${found} of ${definitions} definitions`,
  };
}

const audits: Readonly<Record<string, () => Audit>> = {
  "A-3.2-1": oneLayer,
  "A-3.3-14": figure3Axes,
  "A-4.1-1": tasksShown,
  "A-4.1-2": stable,
  "A-4.1-3": fiveRuns,
  "A-4.1-4": loraDefaults,
  "A-4.2-2": metricPlotted,
  "A-4.4.1-7": ranksShown,
  "A-4.4.2-4": entropyGrows,
  "A-C.1-2": shannonDrawn,
  "A-E.1-6": sameSeeds,
  "A-E.3-5": scenarios,
};

const links: Readonly<Record<string, string>> = {
  "A-3.3-14": "fig-a3",
  "A-4.1-2": "fig-a6",
  "A-4.2-2": "fig-a7",
  "A-4.4.1-7": "fig-a10",
  "A-C.1-2": "fig-a3",
  "A-E.1-6": "table-e1",
};

export const published: Deciders = Object.fromEntries(
  Object.entries(audits).map(([id, audit]) => [id, { from: "published", audit, link: links[id] }]),
);
