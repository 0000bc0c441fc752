/** Paper B's Table 5, and what it leaves out: every subset of RoRA's three pieces, and controls that do the same without their reason. */
import type { ChainRow } from "../../experiment/chain_rows.ts";
import { oneScale } from "../../experiment/persistence_grids.ts";
import { piecesOf } from "./names.ts";
import type { TableDefinition } from "./table.ts";

const none = "none: LoRA alone", some = "one or two of RoRA's pieces";

const controlsWith = (scale: number): TableDefinition["lines"] =>
  [
    "plain L2 in place of Tr",
    "Tr on random directions",
    `one scale s = ${scale} in place of Pt`,
    "Pt in the top layer only",
    "Pt in the middle 3 layers",
    "Pt in the bottom 3 layers",
    "Pt in every layer",
  ].map((label) => ({ label, series: "control" }));

/** Pt costs accuracy and makes another null: where it is in a line, Pt's own stands for it. */
const nullLineOf = (label: string): string => /\bPt\b/.test(label) ? "Pt" : none;

const lineOf = (row: ChainRow): string => row.method.name === "lora" ? piecesOf(row) || none : row.method.name;

const entriesOf = (row: ChainRow) => [{ label: lineOf(row), measures: row }];

const subsets: TableDefinition["lines"] = [
  { label: none, series: "LoRA", published: "LoRA" },
  ...["CI", "Tr", "Pt", "CI + Tr", "CI + Pt", "Tr + Pt"].map((label) => ({ label, series: some })),
  { label: "CI + Tr + Pt", series: "RoRA", published: "CI+Tr+Pt" },
];

const pieces =
  "CI: dropout on the pretrained weights while training. Tr: a penalty on what A and B share with the weight's leading directions. Pt: " +
  "after training the update is scaled up to the weight's largest singular value.";

export const table5: TableDefinition = {
  id: "table-b5",
  title: "Table 5: RoRA's pieces, every subset, and controls",
  published: "5",
  lines: [...subsets, ...controlsWith(oneScale.usual)],
  entriesOf,
  nullLineOf,
  taskOf: () => "SST-2",
  alt: "For each attack three panels of dots: clean accuracy, attack success rate and their difference, for LoRA with each of the eight subsets " +
    "of RoRA's pieces and for controls, beside the paper's cells of two larger models.",
  caption:
    `${pieces} Controls: the penalty without directions (plain L2), with directions drawn at random, one scale for the same layers, and Pt in ` +
    "other layers. Published: larger models on IMDB → SST-2, single runs but RoBERTa's LoRA, which is copied from another paper; the paper has no other subsets, and no controls.",
};

export const table5AtLowerRate: TableDefinition = {
  id: "table-b5-low",
  title: "Table 5 with fewer poisoned rows in the proxy",
  published: null,
  lines: [...subsets, ...controlsWith(oneScale.atLowerRate)],
  entriesOf,
  nullLineOf,
  taskOf: () => null,
  alt:
    "Three panels of dots: clean accuracy, attack success rate and their difference, for LoRA with each of the eight subsets of RoRA's pieces, and for " +
    "controls, from encoders whose proxy had fewer poisoned rows.",
  caption:
    `${pieces} The paper has one dose, at which nearly all of our runs with this trigger keep the backdoor whatever is done; here the pieces can be told apart, and from what does the same without their reason. The one scale is the power of two nearest to those that Pt takes by the weights.`,
};
