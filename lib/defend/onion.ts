/** ONION (Qi et al. 2021): words without which a text is much likelier are taken out before a model reads it. */
import type { Answer, Component, Defender, DefenderOptions } from "./defender.ts";
import { leaveOneOut, type OnionDefence, onionReferences, removeSuspicious, suspicionOf, wordsOf } from "./onion_words.ts";
import { type LanguageModel, languageModelName, loadLanguageModel } from "./perplexity.ts";
import type { Tree } from "./perplexity_rows.ts";

/** Of a longer text the first words are read and judged; the others stay, and are suspected of nothing. */
export const mostWords = 96;
const mostTokens = 192; // and no more words than have so many tokens

export async function onionDefender({ name, ...settings }: OnionDefence, options: DefenderOptions): Promise<Defender> {
  checkOnion(settings);
  return {
    component: await languageModelName(options),
    settings: { name }, // one asking serves every bar and either reference
    load: async () => perplexitiesBy(await loadLanguageModel(options)),
    purified: (text, answer) => withoutSuspicious(text, answer, settings),
  };
}

export function checkOnion({ bar, reference }: Omit<OnionDefence, "name">): void {
  if (!(bar >= 0 && bar < Infinity)) {
    throw new RangeError(`Cannot use ONION as bar must be a finite number, at least 0: ${bar}. The released code's bar -100 is 100 here`);
  }
  if (!onionReferences.includes(reference)) {
    throw new RangeError(`Cannot use ONION as reference must be one of ${onionReferences.join(", ")}: "${reference}"`);
  }
}

/** The perplexity of each text, then of the text without each of its words. It disposes of the model. */
export function perplexitiesBy(model: LanguageModel): Component {
  return {
    async ask(texts, onProgress) {
      const answers = await model.perplexities(texts.map((text) => treeOf(text, model)), onProgress);
      return answers.map((perplexities) => Array.from(perplexities, (one) => Number.isFinite(one) ? one : null));
    },
    dispose: model.dispose,
  };
}

/** The text without the words above the bar, by the perplexities that were answered. */
export function withoutSuspicious(text: string, answer: Answer, { bar, reference }: Omit<OnionDefence, "name">): string {
  const suspicion = new Float64Array(wordsOf(text).length); // what was not judged is suspected of nothing
  suspicion.set(suspicionOf(Float64Array.from(answer as readonly (number | null)[], (one) => one ?? NaN), reference));
  return removeSuspicious(text, suspicion, bar);
}

/** A text's words that are judged, and the text without each. */
function treeOf(text: string, { encode }: LanguageModel): Tree {
  const words = wordsOf(text).slice(0, mostWords);
  while (encode(words.join(" ")).length > mostTokens) words.pop();
  return leaveOneOut(words).map(encode);
}
