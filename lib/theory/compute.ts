/** The theorem cells with their numbers: computed once a process, in each paper's order. */
import { obtainAsset } from "../assets/obtain.ts";
import { startTensorFlow } from "../tensor/backend.ts";
import type { AssetOptions } from "../assets/manifest.ts";
import type { LibraryOptions } from "../tensor/library.ts";
import { theoryCells } from "./cells.ts";
import type { TheoremCell } from "./check.ts";

const computed = new Map<string, TheoremCell>();

/** The cells with these numbers (`A-14`, `B-12`), all unless given; starts TensorFlow for their spectra and draws. */
export async function computeTheory(ids?: readonly string[], options: LibraryOptions & AssetOptions = {}): Promise<TheoremCell[]> {
  const unknown = ids?.find((id) => !theoryCells.some((cell) => cell.id === id));
  if (unknown) throw new RangeError(`Cannot compute the theory as a cell must be one of ${theoryCells.map(({ id }) => id).join(", ")}: ${unknown}`);
  await startTensorFlow(await obtainAsset("tensorflow", options), { threads: options.threads });
  return theoryCells.filter(({ id }) => !ids || ids.includes(id)).map(({ id, compute }) => {
    const cell = computed.get(id) ?? compute();
    computed.set(id, cell);
    return cell;
  });
}
