/** Theorem cells for notebooks, by their numbers and by sections of the papers. */
import { type CellDefinition, theoryCells } from "../theory/cells.ts";
import type { TheoremCell } from "../theory/check.ts";
import { computeTheory } from "../theory/compute.ts";
import type { Displayable } from "./display.ts";
import { theorem } from "./theorem.ts";

/** The cell of this number (`A-14`, `B-12`) as a reader sees it. */
export async function theoremNamed(id: string): Promise<Displayable> {
  const [cell] = await computeTheory([id]);
  return theorem(cell);
}

/**
 * The computed cells of sections of a paper, with their parts: `B-4.2`, or `A-A` for appendix A of paper A; without a letter they are paper
 * A's. What a process has computed is not computed again.
 */
export async function theoryOf(...sections: readonly string[]): Promise<TheoremCell[]> {
  const unknown = sections.find((section) => idsOf(section).length === 0);
  if (unknown !== undefined) {
    const known = [...new Set(theoryCells.map(sectionOf))].join(", ");
    throw new RangeError(`Cannot compute the theory as a section must be one of ${known}, or a chapter of these: ${unknown}`);
  }
  return await computeTheory(sections.flatMap(idsOf));
}

function idsOf(section: string): string[] {
  const full = /^[AB]-/.test(section) ? section : `A-${section}`;
  return theoryCells.filter((cell) => sectionOf(cell) === full || sectionOf(cell).startsWith(`${full}.`)).map(({ id }) => id);
}

/** As claims name it: after the letter of its paper. */
const sectionOf = ({ id, section }: CellDefinition): string => `${id[0]}-${section}`;
