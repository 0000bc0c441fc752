/** Names of the claims' numbers, as the claims' files have them, for readers: `gapPointsFFminusLoRA` -> `gap points FF − LoRA`. */

/** Names with small letters inside, and capitals that small letters may follow. */
const proper = ["LoRA", "RoRA", "DoRA", "OLoRA", "PiSSA", "RoBERTa", "LLaMA", "CoLA", "InSent", "BadNet", "ReLU", "QNLI", "ASR", "FF", "CA"];
const said: Readonly<Record<string, string>> = { minus: "−", AtA: "AᵀA" };
const words = new RegExp([...proper, ...Object.keys(said), "[A-Z]+(?![a-z])", "[A-Z]?[a-z]+", String.raw`[\d.]+`].join("|"), "g");

/** Names that are no camel case (`SST-2`, `rank up, UPA`, `H0.5`, `ONION`, `Shannon`) stay as they are. */
export function quantityName(name: string): string {
  const isCamelCase = /^[A-Za-z\d.]+$/.test(name) && /[a-z\d][A-Z]|[A-Z]{2}[a-z]|[a-z]{2}\d/.test(name);
  if (!isCamelCase || proper.includes(name)) return name;
  return name.match(words)!.map((word) => said[word] ?? (/[A-Z]/.test(word.slice(1)) || word.length === 1 ? word : word.toLowerCase())).join(" ");
}
