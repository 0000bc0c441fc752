/** Claims that nothing at hand decides: each says why, or what is missing. */
import type { Decider, Deciders } from "../decider.ts";
import { publishedTables } from "../published.ts";
import { type Counts, fisherExact, mantelHaenszel } from "../rules/counts.ts";

const never = (why: string): Decider => ({ from: "nothing", why, when: "never" });
const soon = (why: string): Decider => ({ from: "nothing", why, when: "soon" });

/** Table 3's published hits of 99 prompts: full fine-tuning first. */
function publishedHits(attack?: string): Counts[] {
  const { pairs = [] } = publishedTables().tables.find(({ table }) => table === "3")!;
  return pairs.filter((pair) => !attack || pair.attack === attack).map(({ hitsFF, hitsLoRA }) => ({ hits: [hitsFF, hitsLoRA], trials: [99, 99] }));
}

/** Table 3 needs an instruction-tuned decoder; until then its rows show the test on the published counts. */
const generative = (attack?: string): Decider => ({
  from: "nothing",
  why: "the generative protocol of appendix E.3 is no part of this edition yet",
  when: "later",
  published() {
    const strata = publishedHits(attack), sum = (arm: 0 | 1, of: "hits" | "trials") => strata.reduce((total, one) => total + one[of][arm], 0);
    const pooled: Counts = { hits: [sum(0, "hits"), sum(1, "hits")], trials: [sum(0, "trials"), sum(1, "trials")] };
    const strataTest = attack ? "" : `; over the three attacks, Mantel-Haenszel p ${mantelHaenszel(strata).p.toFixed(2)}`;
    return `published: ${pooled.hits.join(" against ")} of ${pooled.trials[0]}, Fisher's exact p ${fisherExact(pooled).toFixed(2)}${strataTest}`;
  },
});

const spectra = "Fisher spectra of encoders, by per-example gradients";
const twins = "weight-space distances of clean and poisoned twins during training";
const drift = "kernels of a trained encoder against its start";

export const undecided: Deciders = {
  "A-0-3": soon(`${spectra} over ranks and scales, beside label-flip runs`),
  "A-1-1": never("a statement about the literature"),
  "A-1-2": soon(`${spectra}, beside backdoor runs`),
  "A-2.2-1": soon(twins),
  "A-2.2-2": soon("the diagonal of the empirical Fisher of an encoder"),
  "A-2.3-2": soon(`kernel drift of trained nets over widths, and ${drift}`),
  "A-2.3-6": soon(`${twins}, beside M' of their kernels at the start`),
  "A-2.4-4": soon(`${spectra} at the start, beside runs that fit random labels (capacity)`),
  "A-2.4-6": never("a remark that motivates, without a quantity"),
  "A-3.3-4": soon(spectra),
  "A-3.3-5": soon(`${spectra} at the start, beside runs that fit their target (full-rank, capacity)`),
  "A-3.3-6": soon(twins),
  "A-3.3-9": soon("cosines of clean and poisoned rows' gradients during training"),
  "A-3.3-10": soon("angles between the gradients of clean and triggered rows, module by module, for FF and for LoRA over ranks and draws of A"),
  "A-3.3-12": soon("label-flip runs at three model widths"),
  "A-4.4.2-5": soon("spectra of A and B at the start and at the end of runs over k"),
  "A-A.2-3": soon(`${drift}, and the linearised model's accuracy`),
  "A-C-1": soon(`the shares of A and B in ${drift}`),
  "A-C-6": soon(`${drift}, with A frozen and trained`),
  "A-D-1": soon(`${drift}, and the alignment of FF's and LoRA's kernels`),
  "A-E.3-1": generative("BadNet"),
  "A-E.3-2": generative("SA"),
  "A-E.3-3": generative("VPI"),
  "A-E.3-4": generative(),
};
