/** A line of a derivation held against numbers: what is claimed, what was computed, whether it holds. Plain data. */

export type Form = "printed" | "corrected" | "shared";

export interface Check {
  /** What is compared, in words with formulas between dollar signs. */
  readonly what: string;
  /** Claims of the ledger (`A-3.1-4`) that this check decides, none for a check that only supports a line. */
  readonly claims: readonly string[];
  /** `equals`: |measured - expected| <= tolerance, entry by entry; `atMost`, `atLeast`: measured <= or >= expected, give or take the tolerance. */
  readonly relation: "equals" | "atMost" | "atLeast";
  readonly measured: readonly number[];
  readonly expected: readonly number[];
  /** Absolute. */
  readonly tolerance: number;
  readonly holds: boolean;
  /** Where it fails: the smallest instance that shows it, in words with formulas. */
  readonly counterExample?: string;
}

/** One line of a derivation with its checks. */
export interface Step {
  /** `printed`: as the paper has it; `corrected`: what holds where the printed form does not; `shared`: both. */
  readonly form: Form;
  /** Words and formulas (LaTeX between dollar signs). */
  readonly line: string;
  readonly checks: readonly Check[];
}

/** A theorem, lemma or equation of a paper with its derivation, each line held against numbers. */
export interface TheoremCell {
  /** Its paper, and its number in the project's list of equations: `A-14`, `B-12`. */
  readonly id: string;
  /** As the paper calls it: `Lemma 3.1, equation 14`. */
  readonly title: string;
  /** The statement, paraphrased, with its formula in LaTeX. */
  readonly statement: string;
  readonly steps: readonly Step[];
}

/** A cell and how to get it. */
export interface CellDefinition {
  readonly id: string;
  /** The paper's section: `2.3`, `A.2`. */
  readonly section: string;
  /** Computes every check anew; the same numbers at every call. Needs the started engine. */
  compute(): TheoremCell;
}

/** A cell from what is known of it beforehand and what is computed at every call. */
export function theoremCell(known: Omit<TheoremCell, "steps"> & { readonly section: string }, steps: () => readonly Step[]): CellDefinition {
  const { section, ...cell } = known;
  return { id: cell.id, section, compute: () => ({ ...cell, steps: steps() }) };
}

/** A line as the paper has it. */
export const printed = (line: string, ...checks: Check[]): Step => ({ form: "printed", line, checks });
/** A line that holds where the printed one does not. */
export const corrected = (line: string, ...checks: Check[]): Step => ({ form: "corrected", line, checks });
/** A line that holds as the paper has it. */
export const shared = (line: string, ...checks: Check[]): Step => ({ form: "shared", line, checks });

type Given = { readonly what: string; readonly claims?: readonly string[]; readonly tolerance?: number; readonly counterExample?: string };
type Numbers = number | readonly number[] | Float64Array;

/** |measured - expected| <= tolerance (1e-6 unless given), entry by entry. Not a number never holds. */
export function equals(measured: Numbers, expected: Numbers, given: Given): Check {
  return check("equals", measured, expected, given, (m, e, tolerance) => Math.abs(m - e) <= tolerance);
}

/** measured <= expected + tolerance (0 unless given). */
export function atMost(measured: Numbers, expected: Numbers, given: Given): Check {
  return check("atMost", measured, expected, { tolerance: 0, ...given }, (m, e, tolerance) => m <= e + tolerance);
}

/** measured >= expected - tolerance (0 unless given). */
export function atLeast(measured: Numbers, expected: Numbers, given: Given): Check {
  return check("atLeast", measured, expected, { tolerance: 0, ...given }, (m, e, tolerance) => m >= e - tolerance);
}

function check(
  relation: Check["relation"],
  measured: Numbers,
  expected: Numbers,
  { what, claims = [], tolerance = 1e-6, counterExample }: Given,
  compare: (measured: number, expected: number, tolerance: number) => boolean,
): Check {
  const [m, e] = [listOf(measured), listOf(expected)];
  if (m.length !== e.length || m.length === 0) {
    throw new TypeError(`Cannot check "${what}" as both sides must have equally many numbers: ${m.length}, ${e.length}`);
  }
  const holds = m.every((value, i) => compare(value, e[i], tolerance));
  return { what, claims, relation, measured: m, expected: e, tolerance, holds, ...(holds || !counterExample ? {} : { counterExample }) };
}

const listOf = (numbers: Numbers): number[] => typeof numbers === "number" ? [numbers] : [...numbers];
