/** `report`: figures and HTML from the records at hand; trains nothing, downloads nothing. */
import { openStore } from "../experiment/store.ts";
import { conclude } from "./conclude.ts";
import { selectionOf, type SelectionOptions } from "./options.ts";

export async function report(options: SelectionOptions): Promise<void> {
  const selection = selectionOf(options);
  await conclude(selection, await openStore(selection.outputs));
}
