/** Claims that nothing at hand decides: each says why, or what is missing. */
import type { Decider, Deciders } from "../decider.ts";
import { promptsOfTable3, publishedTables } from "../published.ts";
import { type Counts, fisherExact, mantelHaenszel } from "../rules/counts.ts";

const never = (why: string): Decider => ({ from: "nothing", why, when: "never" });
const later = (why: string): Decider => ({ from: "nothing", why, when: "later" });

/** Table 3's published hits: full fine-tuning first. */
function publishedHits(attack?: string): Counts[] {
  const { pairs = [] } = publishedTables().tables.find(({ table }) => table === "3")!, trials = [promptsOfTable3, promptsOfTable3] as const;
  return pairs.filter((pair) => !attack || pair.attack === attack).map(({ hitsFF, hitsLoRA }) => ({ hits: [hitsFF, hitsLoRA], trials }));
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

export const undecided: Deciders = {
  "A-1-1": never("a statement about the literature"),
  "A-2.4-6": never("a remark that motivates, without a quantity"),
  "A-3.3-12": later("label flips at three widths of one model: of pretrained encoders one width is at hand"),
  "A-E.3-1": generative("BadNet"),
  "A-E.3-2": generative("SA"),
  "A-E.3-3": generative("VPI"),
  "A-E.3-4": generative(),
};
