/** What RoRA's pieces and the low-rank methods do where the paper leaves a choice: each other choice beside the default. */
import { hasUsualSize } from "../../adapter/method.ts";
import type { ChainRow } from "../../experiment/chain_rows.ts";
import { armName } from "./names.ts";
import type { TableDefinition } from "./table.ts";

const some = "one or two of RoRA's pieces", others = "PiSSA, DoRA, OLoRA", control = "control";
const whole = "LoRA + RoRA", everyModule = ", every linear module", freshClassifier = ", fresh classifier";

export const optionsTable: TableDefinition = {
  id: "rora-options",
  title: "RoRA's choices that the paper leaves open",
  published: null,
  lines: [
    { label: "LoRA", series: "LoRA" },
    { label: "LoRA + CI", series: some },
    ...["CI on the input", "CI on the output", "CI, not rescaled"].map((label) => ({ label: `LoRA + ${label}`, series: control })),
    { label: "LoRA + Tr", series: some },
    ...["Tr with sum over modules", "Tr with k = 8", "Tr with k = 128"].map((label) => ({ label: `LoRA + ${label}`, series: control })),
    ...["PiSSA", "DoRA", "OLoRA"].flatMap((label) => [{ label, series: others }, { label: `${label}, scaled as LoRA`, series: control }]),
    { label: "LoRA + Pt", series: some },
    { label: "PiSSA + Pt", series: some },
    { label: "PiSSA + Pt of B A whole", series: control },
    { label: whole, series: "RoRA" },
    ...["LoRA", whole].flatMap((label) => [everyModule, freshClassifier].map((choice) => ({ label: label + choice, series: control }))),
  ],
  entriesOf: (row) => [{ label: armName(row) + chosen(row), measures: row }],
  nullLineOf: (label) => label.startsWith(whole) ? whole : label.includes("Pt") ? "LoRA + Pt" : "LoRA",
  taskOf: () => null,
  alt: "Three panels of dots: clean accuracy, attack success rate and their difference, for each of RoRA's pieces at its default and at the other " +
    "choices that the paper leaves open, from encoders whose proxy had fewer poisoned rows.",
  caption:
    "Squares: the defaults; plus signs: the other choices. CI drops entries of the weight, of its input or of its output, divided by $1-p$ or not; " +
    "Tr's penalty is a mean over modules or their sum, on 32 leading directions or others; Pt takes what training changed, or $BA$ whole, which differ " +
    "where $BA$ does not start at 0. PiSSA, DoRA and OLoRA have their library's $s = 1$ without dropout, or LoRA's $s = 2$ and dropout. LoRA and RoRA " +
    "adapt query and value and train the classifier from where the proxy left it, or adapt every linear module, or train a fresh classifier.",
};

/** What is not the default, and not RoRA's own: of a variant of LoRA's size, of the modules, of the classifier. */
function chosen({ method, freshHead }: ChainRow): string {
  if (method.name === "full") return "";
  const ofVariant = method.name !== "lora" && hasUsualSize(method);
  return [ofVariant ? ", scaled as LoRA" : "", method.targets === "all" ? everyModule : "", freshHead ? freshClassifier : ""].join("");
}
