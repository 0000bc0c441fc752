/** A theorem cell as a reader sees it: the statement, and each line of the derivation with the numbers that it was held against. */
import type { Check, Form, Step, TheoremCell } from "../theory/check.ts";
import { type Displayable, markdown } from "./display.ts";

/** A cell for a notebook. */
export function theorem(cell: TheoremCell): Displayable {
  return markdown(theoremMarkdown(cell));
}

/** Markdown with formulas. Lists, not tables: a formula may hold the bar that would end a table's cell. */
export function theoremMarkdown({ id, title, statement, steps }: TheoremCell): string {
  return [`#### ${title} (${id})`, statement, ...steps.map(stepMarkdown)].join("\n\n");
}

const forms: Record<Form, string> = { printed: "as printed", corrected: "corrected", shared: "" };
const shownNumbers = 6;

function stepMarkdown({ form, line, checks }: Step, index: number): string {
  const heading = `**${index + 1}**${forms[form] && ` (${forms[form]})`} ${line}`;
  return [heading, ...(checks.length ? [checks.map(checkMarkdown).join("\n")] : [])].join("\n\n");
}

function checkMarkdown({ what, relation, measured, expected, tolerance, holds, counterExample }: Check): string {
  const sign = (holds ? { equals: "=", atMost: "≤", atLeast: "≥" } : { equals: "≠", atMost: "not ≤", atLeast: "not ≥" })[relation];
  const within = tolerance === 0 ? "" : `, to ${numberText(tolerance)}`;
  const found = `${listText(measured)} ${sign} ${listText(expected)}${within}`;
  return `- ${holds ? "✓" : "✗ **fails:**"} ${what}: ${found}${counterExample ? `. Counter-example: ${counterExample}` : ""}`;
}

function listText(values: readonly number[]): string {
  if (values.length === 1) return numberText(values[0]);
  const rest = values.length > shownNumbers ? [`… (${values.length})`] : [], rounding = 1e-14 * Math.max(...values.map(Math.abs));
  return `[${[...values.slice(0, shownNumbers).map((value) => numberText(Math.abs(value) < rounding ? 0 : value)), ...rest].join(", ")}]`;
}

function numberText(value: number): string {
  if (value !== 0 && (Math.abs(value) >= 1e6 || Math.abs(value) < 1e-4)) return value.toExponential(2).replace(/\.?0+e/, "e");
  return String(Number(value.toPrecision(6)));
}
