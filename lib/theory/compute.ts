/** The theorem cells with their numbers: computed once a process, in each paper's order. */
import { obtainAsset } from "../assets/obtain.ts";
import { startTensorFlow } from "../tensor/backend.ts";
import type { AssetOptions } from "../assets/manifest.ts";
import type { LibraryOptions } from "../tensor/library.ts";
import { theoryCells } from "./cells.ts";
import type { TheoremCell } from "./check.ts";

const computed = new Map<string, TheoremCell>();

export interface TheoryComputation extends LibraryOptions, AssetOptions {
  /** Told the number of each cell, from 1, when it begins. */
  readonly onCell?: (cell: number, of: number, id: string) => void;
  /** Looked at between cells. */
  readonly signal?: AbortSignal;
}

/** The cells with these numbers (`A-14`, `B-12`), all unless given; starts TensorFlow for their spectra and draws. */
export async function computeTheory(ids?: readonly string[], options: TheoryComputation = {}): Promise<TheoremCell[]> {
  const unknown = ids?.find((id) => !theoryCells.some((cell) => cell.id === id));
  if (unknown) throw new RangeError(`Cannot compute the theory as a cell must be one of ${theoryCells.map(({ id }) => id).join(", ")}: ${unknown}`);
  await startTensorFlow(await obtainAsset("tensorflow", options), { threads: options.threads });
  const cells: TheoremCell[] = [], chosen = theoryCells.filter(({ id }) => !ids || ids.includes(id));
  for (const [i, { id, compute }] of chosen.entries()) {
    await new Promise((resolve) => setTimeout(resolve)); // lets a signal in: a cell computes for seconds
    options.signal?.throwIfAborted();
    options.onCell?.(i + 1, chosen.length, id);
    const cell = computed.get(id) ?? compute();
    computed.set(id, cell);
    cells.push(cell);
  }
  return cells;
}
