/** Rules that give a sentence another syntax and leave its words: each adds or drops a comma or a small word at most. */
import type { Word } from "./paraphrase_words.ts";

/** The words in their new order, or null where the rule has nothing to say. */
export type Rule = (words: readonly Word[]) => readonly Word[] | null;

const subordinators = ["because", "although", "though", "while", "when", "if", "unless", "whereas"];
/** After one of these a subordinator begins no clause of the whole sentence: as if, even though, I know when, the times when. */
const bound = [
  ...["as", "even", "only", "just", "except", "and", "or", "but", "than", "not", "what", "especially", "particularly"],
  ...["know", "knows", "knew", "wonder", "wonders", "wondered", "ask", "asks", "asked", "see", "tell", "sure", "time", "times", "day", "days"],
];

const has = (word: Word | undefined, ...tags: string[]): boolean => word !== undefined && tags.some((tag) => word.tags.includes(tag));
const says = (word: Word | undefined, ...texts: string[]): boolean => word !== undefined && texts.includes(word.text.toLowerCase());
/** Whether the words are a subject and then a verb. */
const isClause = (words: readonly Word[]): boolean =>
  (has(words[0], "Determiner", "Pronoun", "Possessive", "Noun") || says(words[0], "there")) && words.slice(1).some((word) => has(word, "Verb"));
const small = (text: string): Word => ({ text, space: true, tags: [] });
const comma: Word = { text: ",", space: false, tags: [] };
const withoutComma = (words: readonly Word[]): readonly Word[] => says(words.at(-1), ",") ? words.slice(0, -1) : words;

/** "although it is long , the film is good" -> "the film is good although it is long". */
const subordinateLast: Rule = (words) => {
  const cut = says(words[0], ...subordinators) ? words.findIndex((word) => says(word, ",")) : -1;
  const clause = words.slice(0, cut), main = words.slice(cut + 1);
  return cut > 0 && isClause(clause.slice(1)) && isClause(main) ? [...main, ...clause] : null;
};

/** "the phone works because they care" -> "because they care , the phone works". */
const subordinateFirst: Rule = (words) => {
  const cut = words.findIndex((word, row) => row > 0 && says(word, ...subordinators) && !says(words[row - 1], ...bound));
  const main = withoutComma(words.slice(0, cut)), clause = withoutComma(words.slice(cut));
  const whole = !clause.some((word) => says(word, ","));
  return cut > 0 && whole && isClause(main) && isClause(clause.slice(1)) ? [...clause, comma, ...main] : null;
};

/** "it is short , but it drags" -> "although it is short , it drags". */
const butToAlthough: Rule = (words) => {
  const cut = words.findIndex((word) => says(word, "but"));
  const first = withoutComma(words.slice(0, cut)), second = words.slice(cut + 1), again = second.some((word) => says(word, "but"));
  return cut > 0 && !again && isClause(first) && isClause(second) ? [small("although"), ...first, comma, ...second] : null;
};

/** "they fixed it quickly" -> "quickly , they fixed it". */
const adverbFirst: Rule = (words) => {
  const [last, before] = [words.at(-1), words.at(-2)];
  const alone = !has(before, "Adverb", "Determiner") && !says(before, "and", "or", "as", "least", "most");
  return has(last, "Adverb") && /ly$/i.test(last!.text) && alone && isClause(words.slice(0, -1)) ? [last!, comma, ...words.slice(0, -1)] : null;
};

/** "the soup was cold , and we waited an hour" -> "we waited an hour , and the soup was cold". */
const swapClauses: Rule = (words) => {
  const cut = words.findIndex((word) => says(word, "and")), first = withoutComma(words.slice(0, cut)), second = words.slice(cut + 1);
  const simple = !words.some((word, row) => row !== cut && row !== cut - 1 && says(word, "and", "but", "or", ","));
  const tensed = second.some((word) => has(word, "Copula", "Auxiliary", "Modal", "PastTense"));
  return cut > 0 && simple && tensed && isClause(first) && isClause(second) ? [...second, comma, words[cut], ...first] : null;
};

/** "a story of two brothers" -> "it is a story of two brothers". */
const phraseToSentence: Rule = (words) => {
  const verb = words.findIndex((word) => has(word, "Verb")), relative = words.findIndex((word) => says(word, "that", "which", "who", "whose"));
  const article = says(words[0], "a", "an"), verbless = verb < 0 && (article || says(words[0], "very", "too", "so"));
  return verbless || article && relative > 0 && relative < verb ? [small("it"), small("is"), ...words] : null;
};

/** "slow and sad" -> "sad and slow": two adjectives or nouns that nothing beside them goes with. */
const swapPairs: Rule = (words) => {
  const kinds = ["Adjective", "Noun"], vowel = (word: Word) => /^[aeiou]/i.test(word.text);
  const at = words.findIndex((word, row) => {
    const [before, and, other, after] = [words[row - 1], words[row + 1], words[row + 2], words[row + 3]];
    const kind = says(and, "and", "or") ? kinds.find((kind) => has(word, kind) && has(other, kind)) : undefined;
    if (kind === undefined || has(before, "Adverb") || has(after, "Preposition") || has(word, "Pronoun") || has(other, "Pronoun")) return false;
    if (kind === "Noun") return !has(before, ...kinds, "Determiner", "Possessive") && !has(after, ...kinds);
    return !has(after, "Adjective", "Adverb") && (!says(before, "a", "an") || vowel(word) === vowel(other));
  });
  return at < 0 ? null : words.with(at, words[at + 2]).with(at + 2, words[at]);
};

/** Other rules make other texts of the same: with another number. */
export const rulesVersion = 1;

/** In their order: of the rules in a row the first that applies is taken, so that none undoes another. */
export const rules: readonly (readonly Rule[])[] = [
  [swapPairs],
  [subordinateLast, subordinateFirst, butToAlthough, adverbFirst, swapClauses, phraseToSentence],
];
