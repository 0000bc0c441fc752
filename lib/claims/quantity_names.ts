/** Names of the claims' numbers, as the claims' files have them, for readers: `gapPointsFFminusLoRA` -> `gap points FF − LoRA`. */

const proper = "LoRA|RoRA|DoRA|OLoRA|PiSSA|RoBERTa|BERT|LLaMA|FFT|FF|ASR|CA|BPA|UPA|CR|IMDB|QNLI|QQP|PR|CoLA|InSent|BadNet|ReLU|GELU|AtA";
const words = new RegExp(`${proper}|[A-Z]?[a-z]+|[A-Z]|[\\d.]+`, "g");

/** Names that are no camel case (`SST-2`, `rank up, UPA`, `H0.5`, `k=1`) stay as they are. */
export function quantityName(name: string): string {
  if (!/^[A-Za-z\d.]+$/.test(name) || /^[A-Za-z][\d.]*$/.test(name)) return name;
  const said: Readonly<Record<string, string>> = { minus: "−", AtA: "AᵀA" }, isProper = new RegExp(`^(${proper}|[A-Z])$`);
  return name.match(words)!.map((word) => said[word] ?? (isProper.test(word) ? word : word.toLowerCase())).join(" ");
}
