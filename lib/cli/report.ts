/** `report`: figures and HTML from the records at hand, the reader's own before the published ones; trains nothing, downloads nothing. */
import { openStore } from "../experiment/store.ts";
import { conclude } from "./conclude.ts";
import { ExitError } from "./errors.ts";
import { selectionOf, type SelectionOptions } from "./options.ts";

/** @param published where the published records lie, if not in the repository */
export async function report(options: SelectionOptions, published?: string): Promise<void> {
  const selection = selectionOf(options);
  const undrawn = await conclude(selection, await openStore(selection.outputs, { readOnly: true }), { borrow: true, published });
  if (undrawn.length) throw new ExitError(1, undrawn.join("\n"));
}
