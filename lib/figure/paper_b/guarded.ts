/** What the defences of Table 2 hang on: ONION's bar, and the number of rows. */
import type { ChainRow } from "../../experiment/chain_rows.ts";
import { quickPersistence } from "../../experiment/persistence_profiles.ts";
import type { TableDefinition } from "./table.ts";

type Defence = ChainRow["defended"][number]["defence"];

const { bars, rows } = quickPersistence.defences;

const bare = "LoRA",
  onion = "LoRA behind ONION",
  others = "LoRA behind another defence",
  translation = "back-translation",
  paraphrase = "a paraphrase by rules";
const undefended = "no defence", onionAt = (bar: number) => `ONION, bar ${bar}`;

function lineOf(defence: Defence): string {
  if (defence === null) return undefended;
  if (defence.name === "onion") return onionAt(defence.bar);
  return defence.name === "back-translation" ? translation : paraphrase;
}

export const guardedTable: TableDefinition = {
  id: "defences",
  title: "LoRA behind defences: ONION's bar",
  published: null,
  lines: [
    { label: undefended, series: bare },
    ...bars.toReversed().map((bar) => ({ label: onionAt(bar), series: onion })),
    { label: translation, series: others },
    { label: paraphrase, series: others },
  ],
  entriesOf: ({ defended }) => defended.map(({ defence, ...measures }) => ({ label: lineOf(defence), measures })),
  nullLineOf: () => undefended,
  taskOf: () => null,
  alt:
    "For each attack three panels of dots: clean accuracy, attack success rate and their difference, for LoRA without a defence, behind ONION at " +
    "five bars, behind back-translation and behind a paraphrase by rules.",
  caption: `All on the same ${rows} of the held-out rows. ` +
    "ONION takes a word out if the text's perplexity falls by more than the bar without it: the lower the bar, " +
    "the more is taken out. The paper names none; its released code has lists from 1 to 100 and from 30 to 300 and no rule to choose by. Table 2 has 100.",
};
