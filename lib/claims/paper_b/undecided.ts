/** Claims of paper B that nothing at hand decides: each says why, or what is missing. Those without an entry here name their rule's runs. */
import type { Decider, Deciders } from "../decider.ts";
import { comparisonInWords } from "./audits.ts";
import { textDifferences } from "./consistency.ts";

const noDecoder = "LLaMA as a classifier is no part of this edition yet";

/** An example of the text, read out of a table: the numbers agree or not, but they are a larger model's. */
const example = (claim: string, why: string, when: "soon" | "later" = "soon"): Decider => ({
  from: "nothing",
  why,
  when,
  published: () => `published: ${comparisonInWords(textDifferences(claim))}`,
});

export const undecided: Deciders = {
  "B-6.1-8": example(
    "B-6.1-8",
    "BERT-large, fine-tuned with LoRA and with RoRA from one poisoned checkpoint (the profile paper plans these runs; none has been made)",
  ),
  "B-6.1-17": example("B-6.1-17", "RoBERTa-large, fine-tuned with PiSSA without and with RoRA from one poisoned checkpoint (as planned there)"),
  "B-6.1-18": example("B-6.1-18", noDecoder, "later"),
  "B-6.2-9": { from: "nothing", why: noDecoder, when: "later" },
};
