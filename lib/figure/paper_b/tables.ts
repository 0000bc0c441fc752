/** Paper B's Tables 2 and 4: methods and defences from the same poisoned encoders, and RoRA on top of each low-rank method. */
import type { ChainRow } from "../../experiment/chain_rows.ts";
import { readingOf } from "../../train/rora/rora.ts";
import { armName, methodName, paperTaskOf } from "./names.ts";
import type { Entry, TableDefinition } from "./table.ts";

const others = "PiSSA, DoRA, OLoRA", defended = "LoRA behind a defence";

const behind = { onion: "LoRA behind ONION", translation: "LoRA behind back-translation", paraphrase: "LoRA behind a paraphrase" } as const;

type Defence = NonNullable<ChainRow["defended"][number]["defence"]>;

/** The authors' own transformed texts, where a run has them, stand where ours would. */
function lineOf(defence: Defence): string {
  if (defence.name === "onion") return behind.onion;
  const translates = defence.name === "back-translation" || (defence.name === "published" && defence.transformation === "back-translation");
  return translates ? behind.translation : behind.paraphrase;
}

/** A run at its end, and behind each defence that it was read through. */
function entriesOf(row: ChainRow): Entry[] {
  const label = armName(row), isLora = label === "LoRA";
  const purified = row.defended.flatMap(({ defence, ...measures }) => isLora && defence ? [{ label: lineOf(defence), measures }] : []);
  return [{ label, measures: row }, ...purified];
}

export const table2: TableDefinition = {
  id: "table-b2",
  title: "Table 2: methods and defences from the same poisoned encoders",
  published: "2",
  lines: [
    { label: "full fine-tuning", series: "full fine-tuning", published: "FFT" },
    { label: "LoRA", series: "LoRA" },
    { label: "PiSSA", series: others },
    { label: "DoRA", series: others },
    { label: "OLoRA", series: others },
    { label: behind.translation, series: defended, published: "Back Tr." },
    { label: behind.paraphrase, series: defended, published: "SCPD" },
    { label: behind.onion, series: defended, published: "ONION" },
    { label: "LoRA + RoRA", series: "RoRA", published: "RoRA" },
  ],
  entriesOf,
  nullLineOf: (label) => label.endsWith("RoRA") ? "LoRA + RoRA" : "LoRA",
  taskOf: paperTaskOf,
  alt: "For each pair of tasks and each attack three panels of dots: clean accuracy, attack success rate and their difference, for full " +
    "fine-tuning, LoRA, PiSSA, DoRA, OLoRA, LoRA behind three defences, and RoRA, beside the paper's cells of three larger models.",
  caption: "Defences change the text before LoRA's model reads it, on the first held-out rows alone, as they take time; the paper does not say " +
    "whose model its defences stand before. The paraphrase is by fixed rules, beside the paper's SCPD, a neural one. Published cells: of " +
    "larger models; single runs, or rows copied from another paper (full fine-tuning, LoRA, the defences). On CoLA a trigger may itself make a " +
    "sentence unacceptable: part of an ASR there may need no backdoor, and the paper has no null that says how much.",
};

const variantNames = ["LoRA", "PiSSA", "DoRA", "OLoRA"] as const;

export const table4: TableDefinition = {
  id: "table-b4",
  title: "Table 4: RoRA on each low-rank method",
  published: "4",
  lines: variantNames.flatMap((name) => [
    { label: name, series: name === "LoRA" ? name : others },
    { label: `${name} + RoRA`, series: "RoRA", published: `${name}+RoRA` },
  ]),
  entriesOf,
  nullLineOf: (label) => label.endsWith("RoRA") ? "LoRA + RoRA" : "LoRA",
  taskOf: paperTaskOf,
  alt: "For each attack three panels of dots: clean accuracy, attack success rate and their difference, for LoRA, PiSSA, DoRA and OLoRA without " +
    "and with RoRA, beside the paper's cells of two larger models.",
  caption:
    "Published cells: of larger models. PiSSA, DoRA and OLoRA have $\\alpha = r$, so half of LoRA's $s$: the defaults of the library that the paper names.",
};

const choices = ["", ", B A whole", ", residual weight", ", B A whole, residual weight"];

export const table4AtLowerRate: TableDefinition = {
  id: "table-b4-low",
  title: "Table 4 with fewer poisoned rows in the proxy",
  published: null,
  lines: variantNames.flatMap((name) => [
    { label: name, series: name === "LoRA" ? name : others },
    ...choices.slice(0, name === "PiSSA" || name === "OLoRA" ? choices.length : 1).map((choice) => ({
      label: `${name} + RoRA${choice}`,
      series: choice ? "control" : "RoRA",
    })),
  ]),
  entriesOf: (row) => [{ label: row.rora ? [`${methodName(row)} + RoRA`, ...readingOf(row.rora)].join(", ") : armName(row), measures: row }],
  nullLineOf: (label) => label.includes("RoRA") ? "LoRA + RoRA" : "LoRA",
  taskOf: () => null,
  alt:
    "Three panels of dots: clean accuracy, attack success rate and their difference, for LoRA, PiSSA, DoRA and OLoRA without and with RoRA, and for " +
    "other readings of what RoRA does to PiSSA and OLoRA, from encoders whose proxy had fewer poisoned rows.",
  caption:
    "The factors of PiSSA and OLoRA start as a part of the pretrained weight $W$. RoRA as usual takes $W$ whole for its directions and its ratio, and " +
    "rescales what training changed. Plus signs: with _$BA$ whole_ all of it is rescaled; with the _residual weight_ $W$ without the factors' start is the weight, in Tr and in Pt.",
};
