/** LoRA's runs behind what purifies texts before the model reads them (Table 2; B-6.1-3, B-6.1-4). */
import type { Chain, ChainRule } from "../chains.ts";
import type { Decider, Deciders } from "../decider.ts";
import { type NamedCell, voteOn } from "../outcome.ts";
import { type Cell, pair, voting } from "../rules/cell.ts";
import { pointsInterval } from "../words.ts";
import { armOf, besideNull, bySetting } from "./arms.ts";
import { mean } from "../../math/statistics.ts";

type Behind = Chain["defended"][number];

const lora = (chains: readonly Chain[]): Chain[] => armOf(chains, "lora").filter(({ defended }) => defended.length > 0);

/** `onion, bar 100`, `published scpd`; empty: undefended. */
function componentOf(defence: Behind["defence"]): string {
  if (defence === null) return "";
  if (defence.name === "onion") return `onion, bar ${defence.bar}`;
  return defence.name === "published" ? `published ${defence.transformation}` : defence.name;
}

const componentsOf = (chains: readonly Chain[]): string[] =>
  [...new Set(chains.flatMap(({ defended }) => defended.map(({ defence }) => componentOf(defence))))].filter(Boolean);

/** Per setting and defence: a measure behind it less the same on the same rows undefended, seed by seed. */
function cellsOf(chains: readonly Chain[], measure: (seen: Behind) => number, rule: (values: readonly number[]) => Cell) {
  const names = componentsOf(chains);
  return bySetting(chains).flatMap(([setting, own]) =>
    names.flatMap((name): (NamedCell<Chain> & { readonly after: number })[] => {
      const known = own.flatMap((chain) => {
        const [bare, behind] = ["", name].map((one) => chain.defended.find(({ defence }) => componentOf(defence) === one));
        return bare && behind ? [{ chain, change: measure(behind) - measure(bare), after: measure(behind) }] : [];
      });
      if (known.length === 0) return [];
      const cell = rule(known.map(({ change }) => change));
      return [{ ...cell, name: `${setting}, ${name}`, used: known.map(({ chain }) => chain), after: mean(known.map(({ after }) => after)) }];
    })
  );
}

/** Which of them, on how many rows: the paper's components are larger. */
const told = (chains: readonly Chain[]): string[] =>
  chains.length ? [`on ${chains[0].defended[0].rows} held-out rows; defences: ${componentsOf(chains).join(", ")}`] : [];

/**
 * B-6.1-3: ASR behind a defence less that of the same rows without, per setting and defence: R-PAIR(0.05) below 0. "Only sometimes" asks for both: not
 * reproduced if no cell falls; partly if every cell does, and to 25 % or less in the mean; else reproduced.
 */
const onlySometimes: ChainRule = besideNull((chains) => {
  const rows = lora(chains), cells = cellsOf(rows, ({ attackSuccessRate }) => attackSuccessRate, (values) => pair(values, -1, 0.05));
  const found = voteOn(cells, { what: "ASR, behind a defence − without", say: pointsInterval, remarks: told(rows) });
  if (!found) return null;
  const voters = voting(cells), falls = voters.filter(({ vote }) => vote === "supports"), low = falls.filter(({ after }) => after <= 0.25);
  return {
    ...found,
    verdict: falls.length === 0 ? "not reproduced" : low.length === voters.length ? "partly" : "reproduced",
    direction: Math.min(falls.length, voters.length - low.length) - 0.5,
    effect: `falls in ${falls.length} of ${voters.length} cells, to 25 % or less in ${low.length}; ${found.effect}`,
    ours: `ASR falls in ${falls.length} of ${voters.length} cells, to 25 % or less in ${low.length}`,
  };
});

/** B-6.1-4: clean accuracy behind a defence less that of the same rows without: R-PAIR(0.01) below 0, R-VOTE. */
const costsAccuracy: ChainRule = (chains) => {
  const rows = lora(chains), cells = cellsOf(rows, ({ cleanAccuracy }) => cleanAccuracy, (values) => pair(values, -1, 0.01));
  const row = rows.length
    ? [`one row of them is ${(100 / rows[0].defended[0].rows).toFixed(1)} points: a loss of the rule's 1 point is hard to see`]
    : [];
  return voteOn(cells, { what: "clean accuracy, behind a defence − without", say: pointsInterval, remarks: [...told(rows), ...row] });
};

const by = (rule: ChainRule): Decider => ({
  from: "chains",
  rule,
  needs: "LoRA's runs on held-out rows behind back-translation, a paraphraser and ONION (table-b2)",
  link: "table-b2",
});

export const defences: Deciders = { "B-6.1-3": by(onlySometimes), "B-6.1-4": by(costsAccuracy) };
