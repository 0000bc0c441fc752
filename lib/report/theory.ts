/** Theorem cells for notebooks, by their numbers and by sections of the paper. */
import { paperACells } from "../theory/cells.ts";
import type { TheoremCell } from "../theory/check.ts";
import { computeTheory } from "../theory/compute.ts";
import type { Displayable } from "./display.ts";
import { theorem } from "./theorem.ts";

/** The cell of this number (`A-14`) as a reader sees it. */
export async function theoremNamed(id: string): Promise<Displayable> {
  const [cell] = await computeTheory([id]);
  return theorem(cell);
}

/** The computed cells of sections of paper A: `3.1`, or `A` with its parts. What a process has computed is not computed again. */
export async function theoryOf(...sections: readonly string[]): Promise<TheoremCell[]> {
  const unknown = sections.find((section) => idsOf(section).length === 0);
  if (unknown !== undefined) {
    const known = [...new Set(paperACells.map(({ section }) => section))].join(", ");
    throw new RangeError(`Cannot compute the theory as a section must be one of ${known}, or a chapter of these: ${unknown}`);
  }
  return await computeTheory(sections.flatMap(idsOf));
}

function idsOf(section: string): string[] {
  return paperACells.filter((cell) => cell.section === section || cell.section.startsWith(`${section}.`)).map(({ id }) => id);
}
