/** Paper A, Figure 3: entropy of the LoRA kernel A^T A over rank and initialisation variance, as published, as derived and as measured. */
import { findAsset } from "../assets/find.ts";
import { mean, standardDeviation } from "../math/statistics.ts";
import { createRng } from "../math/random.ts";
import { type EntropyCell, entropyGrid, expectedRenyiHalf, expectedShannon, geometric, releasedGrid } from "../ntk/entropy_grid.ts";
import { startTensorFlow } from "../tensor/backend.ts";
import { heatMapSpec, type HeatPanel } from "./entropy_panels.ts";
import { entropySurface } from "./entropy_surface.ts";
import type { EntropyRow } from "./entropy_row.ts";
import type { Figure } from "./figure.ts";
import { rounded } from "./short.ts";

const draws = 8;
/** Half of the released grid's resolution each way, within its range. */
const grid = { width: releasedGrid.width, ranks: geometric(4, 256, 20), variances: geometric(0.01, 1.5, 20), draws };

const panels: readonly HeatPanel[] = [
  { id: "published", heading: "As published: axes exchanged", legend: "10¹⁰ ln(kr)", yScale: "linear", format: "~e" },
  { id: "derived", heading: "Derived: log-trace ln(kr)", legend: "ln(kr)", yScale: "log", format: ".2~f" },
  { id: "renyiHalf", heading: "Measured: raw Rényi, α = 1/2", legend: "H½ of AᵀA (nats)", yScale: "log", format: ".2~f" },
  { id: "derivedRenyiHalf", heading: "Derived: ln k + 2 ln r − r/4n", legend: "H½ of AᵀA (nats)", yScale: "log", format: ".2~f" },
  { id: "shannon", heading: "Measured: Shannon, normalised", legend: "H₁ of AᵀA (nats)", yScale: "log", format: ".2~f" },
  { id: "derivedShannon", heading: "Derived: ln r − r/2n", legend: "H₁ of AᵀA (nats)", yScale: "log", format: ".2~f" },
];

/**
 * The matrix that the released code draws, in the place where it draws it: rows are ranks, columns variances, so that variances run along the
 * axis labelled rank and ranks along the one labelled scale, over an extent of [4, 256] x [.001, 2] that is not the sampled grid.
 */
export function publishedRows(): EntropyRow[] {
  const { ranks, variances } = releasedGrid;
  return ranks.flatMap((rank, i) =>
    variances.map((initVariance, j): EntropyRow => ({
      panel: "published",
      rank,
      initVariance,
      left: 4 + 252 * j / variances.length,
      right: 4 + 252 * (j + 1) / variances.length,
      bottom: 0.001 + 1.999 * i / ranks.length,
      top: 0.001 + 1.999 * (i + 1) / ranks.length,
      value: 1e10 * Math.log(initVariance * rank),
      standardDeviation: null,
      draws: 0,
    }))
  );
}

const closedForms = {
  /** The text's formula with its logarithm taken outside of the expectation: ln E tr A^T A. */
  derived: (rank, initVariance) => Math.log(initVariance * rank),
  derivedRenyiHalf: (rank, initVariance) => expectedRenyiHalf(rank, initVariance, grid.width),
  derivedShannon: (rank) => expectedShannon(rank, grid.width),
} satisfies Partial<Record<EntropyRow["panel"], (rank: number, initVariance: number) => number>>;

/** A closed form on true axes. */
export function derivedRows(panel: keyof typeof closedForms): EntropyRow[] {
  const ranks = [...new Set(grid.ranks.map(Math.round))];
  return ranks.flatMap((rank) =>
    grid.variances.map((initVariance) =>
      placed({ panel, rank, initVariance, value: closedForms[panel](rank, initVariance), standardDeviation: null, draws: 0 }, ranks)
    )
  );
}

/** Means over draws of A. */
function measuredRows(cells: readonly EntropyCell[]): EntropyRow[] {
  const byPlace = [...Map.groupBy(cells, ({ rank, initVariance }) => `${rank} ${initVariance}`).values()],
    ranks = [...new Set(cells.map(({ rank }) => rank))];
  return (["renyiHalf", "shannon"] as const).flatMap((panel) =>
    byPlace.map((drawn) => {
      const values = drawn.map((cell) => cell[panel]), { rank, initVariance } = drawn[0];
      const row = { panel, rank, initVariance, value: mean(values), standardDeviation: standardDeviation(values), draws: drawn.length };
      return placed(row, ranks);
    })
  );
}

/** Cells of a logarithmic grid meet half-way. */
function placed(row: Omit<EntropyRow, "left" | "right" | "bottom" | "top">, ranks: readonly number[]): EntropyRow {
  const [left, right] = edges(ranks, row.rank), [bottom, top] = edges(grid.variances, row.initVariance);
  return { ...row, left, right, bottom, top };
}

function edges(values: readonly number[], value: number): [number, number] {
  const at = values.indexOf(value), before = values[at - 1] ?? value ** 2 / values[at + 1], after = values[at + 1] ?? value ** 2 / values[at - 1];
  return [Math.sqrt(before * value), Math.sqrt(value * after)];
}

let measured: Promise<EntropyCell[] | null> | undefined;

/** The measured grid, drawn once per process; null where TensorFlow, whose eigenvalues it needs, is not at hand: nothing is downloaded for a figure. */
function measuredGrid(): Promise<EntropyCell[] | null> {
  return measured ??= findAsset("tensorflow").then(async (found) => {
    if (!found) return null;
    await startTensorFlow(found.folder);
    return entropyGrid(grid, createRng("theory").fork("entropy grid"));
  });
}

export async function drawEntropy(): Promise<Figure<EntropyRow>> {
  const title = "Entropy of the LoRA kernel over rank and initialisation variance";
  const cells = await measuredGrid(),
    own = measuredRows(cells ?? []),
    derived = (Object.keys(closedForms) as (keyof typeof closedForms)[]).flatMap(derivedRows),
    rows = [...publishedRows(), ...derived, ...own].map((row) => rounded(row));
  const alt =
    "Six heat maps over rank and initialisation variance k: the published matrix with its axes exchanged; the log-trace, which grows with both; " +
    "the raw Rényi entropy, which grows with both, and the normalised Shannon entropy, which grows with rank and is the same at every k, each beside " +
    "its closed form, which looks the same.";
  const spec = heatMapSpec(
    alt,
    rows,
    panels.map((panel) => rows.some((row) => row.panel === panel.id) ? panel : { ...panel, note: "not measured here: TensorFlow is missing" }),
  );
  return {
    id: "fig-a3",
    title,
    alt,
    caption: captionOf(cells, own),
    spec,
    ...(cells ? { surface: entropySurface([...derived, ...own]) } : {}),
    rows,
    keys: [],
  };
}

function captionOf(cells: readonly EntropyCell[] | null, own: readonly EntropyRow[]): string {
  const published =
    "Upper left: the matrix of the released code where it is drawn: each row is a rank and each column a variance, so that the axes are exchanged, and " +
    "stretched to an extent that is not the grid; the colours are $10^{10} \\ln(kr)$, the formula's $\\frac{1}{1-\\alpha}$ at $1 - \\alpha = 10^{-10}$. " +
    "The line is the default variance, $k = 1/3$. Upper right: the same logarithm of the mean trace on true axes. ";
  if (!cells) return published;
  const off = Math.max(...cells.map(({ rank, initVariance, logTrace }) => Math.abs(logTrace - closedForms.derived(rank, initVariance))));
  const from = (panel: "renyiHalf" | "shannon", closedForm: "derivedRenyiHalf" | "derivedShannon") => {
    const rows = own.filter((row) => row.panel === panel);
    return Math.max(...rows.map(({ rank, initVariance, value }) => Math.abs(value - closedForms[closedForm](rank, initVariance)))).toFixed(4);
  };
  return published +
    `Below, left: means over ${draws} draws of $A \\in \\mathbb{R}^{r \\times ${grid.width}}$ (Kaiming-uniform, $\\mathrm{Var} = k/n$), of the $r$ nonzero ` +
    `eigenvalues of $A^T A$; one draw serves every $k$, which scales it. Right: what they are to first order in $r/n$, as the eigenvalues spread by ` +
    `$k\\sqrt{r/n}$ around $k$. The mean raw entropy is within ${
      from("renyiHalf", "derivedRenyiHalf")
    } of $\\ln k + 2\\ln r - r/4n$, Shannon's, which the ` +
    `appendix names, within ${
      from("shannon", "derivedShannon")
    } of $\\ln r - r/2n$, with no $k$ in it; every drawn $\\ln \\mathrm{tr}\\, A^T A$ is within ${off.toFixed(3)} of $\\ln(kr)$.`;
}
