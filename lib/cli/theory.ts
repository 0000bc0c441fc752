/** The theorem cells that verdicts rest on: computed once for a state of the code, kept beside the records. */
import { writeWhole } from "../assets/write_whole.ts";
import { keptTheory, readTheory, theoryPath, theoryStamp, theoryText } from "../claims/kept_theory.ts";
import type { TheoremCell } from "../theory/check.ts";
import type { TheoryComputation } from "../theory/compute.ts";

export interface TheoryOptions extends Pick<TheoryComputation, "onCell" | "signal"> {
  readonly outputs: string;
  /** Whether cells that are not kept are computed, which takes a minute and TensorFlow; else published ones will do, or none. */
  readonly compute: boolean;
  /** Where the published cells lie. */
  readonly published?: string;
}

/** The cells of `outputs/theory.json`, of the published one, or computed now and kept. */
export async function theoryAt({ outputs, compute, published, ...watched }: TheoryOptions): Promise<readonly TheoremCell[]> {
  if (!compute) return await keptTheory(outputs, published) ?? [];
  const stamp = await theoryStamp(), kept = await readTheory(theoryPath(outputs), stamp);
  if (kept) return kept;
  const { computeTheory } = await import("../theory/compute.ts"), cells = await computeTheory(undefined, watched);
  await writeWhole(theoryPath(outputs), theoryText(stamp, cells));
  return cells;
}
