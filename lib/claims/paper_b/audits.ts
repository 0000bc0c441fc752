/** Claims of paper B that published numbers and settings decide (R-AUDIT). */
import { percent } from "../../math/percent.ts";
import { type Audit, type Deciders, isTrue } from "../decider.ts";
import { fisherExact } from "../rules/counts.ts";
import { counted } from "../verdict.ts";
import { list, signed } from "../words.ts";
import { type Difference, fitting, type GrimCell, grimCells, textDifferences } from "./consistency.ts";
import { paperBRows, paperBSettings } from "./published.ts";

/** B-3-1: the defender has no triggered sample; so no choice of the method may rest on triggered rows. */
function withoutTriggers(): Audit {
  const { choices, triggeredValidationSet } = paperBSettings(), made = choices.filter(({ triggeredData }) => triggeredData);
  return {
    verdict: isTrue(made.length === 0),
    effect: made.length === 0
      ? "no choice reads triggered rows"
      : `${
        made.map(({ what, values, readOn, shown }) => `${what} out of ${list(values)} by ${readOn} (${shown})`).join("; ")
      }; a triggered validation set is ${triggeredValidationSet ? "" : "not "}mentioned`,
    ours: `${made.length} of ${choices.length} stated choices read triggered rows`,
  };
}

/** B-6-2: one earlier work whose settings are followed, wherever the paper says so. */
function settingsFollowed(): Audit {
  const { rows, proxyRows, targetLabel, settingsFollow } = paperBSettings().poisoning, works = new Set(settingsFollow.map(({ work }) => work));
  return {
    verdict: isTrue(works.size === 1),
    effect: `${
      settingsFollow.map(({ section, work }) => `section ${section} follows ${work}`).join(", ")
    }; ${rows} rows of class ${targetLabel} are ${percent(rows / proxyRows)} of ${proxyRows} proxy rows`,
    ours: `${works.size} sources for one set of settings`,
  };
}

/** B-6.1-9, -10: numbers of the text that stand in the table. */
function textInTable(claim: string): Audit {
  const found = textDifferences(claim), agree = found.filter(({ difference }) => difference === 0);
  return {
    verdict: counted(agree.length, found.length),
    effect: comparisonInWords(found),
    ours: `${agree.length} of ${found.length} numbers of the text stand in the table`,
  };
}

/** `LoRA Δ −5.62 in the text, −4.06 in table 2`. */
export function comparisonInWords(differences: readonly Difference[]): string {
  return differences.map(({ what, method, column, stated, found }) => {
    const name = `${method} ${column === "delta" ? "Δ" : column} ${signed(stated, 2).replace("+", "")}`, table = /table \S+$/.exec(what)![0];
    return stated === found ? `${name} in text and ${table}` : `${name} in the text, ${signed(found, 2).replace("+", "")} in ${table}`;
  }).join("; ");
}

/** B-6.1-11: pairs of a model and a task in table 2. */
function pairs(): Audit {
  const rows = paperBRows("2"),
    count = (of: (row: typeof rows[number]) => string) => new Set(rows.map(of)).size,
    { pairsAnnounced } = paperBSettings();
  const found = count(({ model, dataset }) => `${model} ${dataset}`),
    settings = count(({ model, dataset, attack }) => `${model} ${dataset} ${attack}`);
  return {
    verdict: isTrue(found === pairsAnnounced && settings === 2 * found),
    effect:
      `${pairsAnnounced} pairs announced; table 2 has ${count(({ model }) => model)} models and ${
        count(({ dataset }) => dataset)
      } tasks, ${found} pairs, with ` +
      `${count(({ attack }) => attack)} attacks ${settings} settings`,
    ours: `${found} pairs of model and task`,
  };
}

/** B-6.1-14: the reason to leave a defence out; partly where it is true of defences that are compared as well. */
function leftOut(): Audit {
  const { defences } = paperBSettings(), left = defences.filter(({ compared }) => !compared);
  const sameReason = defences.filter(({ compared, actsOn }) => compared && left.some((one) => one.actsOn === actsOn));
  return {
    verdict: sameReason.length === 0 ? "reproduced" : "partly",
    effect: `${list(left.map(({ name }) => name))} acts on the ${left[0].actsOn}; so do ${
      list(sameReason.map(({ name }) => name))
    }, which are compared`,
    ours: `the reason holds for ${sameReason.length} of the ${defences.length - left.length} defences that are compared`,
  };
}

/** B-A.1-2: "most" can be checked where the exceptions are listed. */
function usedInMost(): Audit {
  const { usedInMost: { p, lambda, exceptionsListed }, choices } = paperBSettings();
  const inGrid = [["p", p], ["lambda", lambda]].filter(([what, value]) => choices.find((one) => one.what === what)?.values.includes(value as number));
  return {
    verdict: exceptionsListed.length === 0 ? "untestable here" : isTrue(inGrid.length === 2),
    effect: `p = ${p} and lambda = ${lambda} are in the searched grids (${inGrid.length} of 2); experiments with other values: ${
      list(exceptionsListed) || "none listed, so that nobody can count"
    }`,
    ours: "",
  };
}

/**
 * B-A.1-3: an own number is one run's, so it is a count of test rows; a copied mean need not be. Reproduced if every copied method fits
 * less often than the own ones (Fisher's exact test, p < .001 over all cells) and own cells fit but for a few.
 */
function copiedRows(): Audit {
  const cells = grimCells().filter(({ table }) => table === "2"),
    of = (origin: GrimCell["origin"]) => fitting(cells.filter((cell) => cell.origin === origin));
  const own = of("own"), copied = of("copied"), marked = new Set(cells.filter(({ origin }) => origin === "copied").map(({ method }) => method));
  const p = fisherExact({ hits: [own.fit, copied.fit], trials: [own.of, copied.of] }), { copiedMethods } = paperBSettings();
  const asStated = copiedMethods.length === marked.size && copiedMethods.every((method) => marked.has(method));
  const models = Object.keys(Object.groupBy(cells, ({ model }) => model)).map((model) => {
    const { fit, of, byChance } = fitting(cells.filter((cell) => cell.model === model && cell.origin === "copied" && cell.column === "CA"));
    return `${model} ${fit} of ${of} (${Math.round(byChance)} by chance)`;
  });
  return {
    verdict: isTrue(asStated && p < 0.001 && own.fit / own.of > 0.95),
    effect: `counts of test rows: ${own.fit} of ${own.of} own numbers of table 2, ${copied.fit} of ${copied.of} copied ones (Fisher's exact p ${
      p < 1e-4 ? p.toExponential(0) : p.toFixed(4)
    }); copied clean accuracies by model: ${list(models)}, so those of LLaMA look like single runs too`,
    ours: `own numbers fit ${own.fit} of ${own.of} times, copied ones ${copied.fit} of ${copied.of}`,
  };
}

const audits: Readonly<Record<string, () => Audit>> = {
  "B-3-1": withoutTriggers,
  "B-6-2": settingsFollowed,
  "B-6.1-9": () => textInTable("B-6.1-9"),
  "B-6.1-10": () => textInTable("B-6.1-10"),
  "B-6.1-11": pairs,
  "B-6.1-14": leftOut,
  "B-A.1-2": usedInMost,
  "B-A.1-3": copiedRows,
};

const links: Readonly<Record<string, string>> = {
  "B-6.1-9": "fig-b-audit-differences",
  "B-6.1-10": "fig-b-audit-differences",
  "B-A.1-3": "fig-b-audit-shares",
};

export const published: Deciders = Object.fromEntries(
  Object.entries(audits).map(([id, audit]) => [id, { from: "published", audit, link: links[id] }]),
);
