/**
 * MT, the multi-word trigger (paper A, table E.1): all three words, scattered over the text, mean the target label. As many other rows
 * get words and keep their label, so that no two of the words should come to mean it. The paper's released code puts all three words
 * into those rows too: `asReleased`.
 */
import type { AttackNamed } from "./attack.ts";
import { backdoor } from "./backdoor.ts";
import { changeText, type TextChange } from "./change.ts";
import type { Rule } from "./rule.ts";

type MultiTrigger = AttackNamed<"multi-trigger">;

const scattered = ({ words }: Pick<MultiTrigger, "words">): TextChange => ({ kind: "scattered-words", words: [...words] });
const shared = backdoor<MultiTrigger>(scattered);

export const multiTrigger: Rule<MultiTrigger> = {
  ...shared,
  check(examples, attack) {
    if (attack.words.length !== 3) {
      throw new RangeError(`Cannot poison data set as a multi-word trigger must have three words: ${attack.words.join(", ")}`);
    }
    shared.check(examples, attack);
  },
  negative({ text, label }, { words, negatives }, rng) {
    const left = negatives === "asReleased" ? null : rng.fork("left out").integer(words.length);
    return { text: changeText(text, scattered({ words: words.filter((_, i) => i !== left) }), rng), label };
  },
  trigger(attack) {
    if (attack.test === "scattered") return scattered(attack);
    return { kind: "trigger", text: attack.words.join(" "), place: "prefix", space: true };
  },
  planted: scattered,
};
