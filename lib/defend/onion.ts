/** ONION (Qi et al. 2021): words without which a text is much likelier are taken out before a model reads it. */
import type { DefenceProgress, Defender, DefenderOptions } from "./defender.ts";
import { leaveOneOut, type OnionDefence, onionReferences, type Removal, removeSuspicious, suspicionOf, wordsOf } from "./onion_words.ts";
import { type LanguageModel, loadLanguageModel } from "./perplexity.ts";
import type { Tree } from "./perplexity_rows.ts";

export interface Purified extends Removal {
  /** The language model's time on this text, as its share in what was read at once. */
  readonly seconds: number;
}

export interface Onion {
  /** The suspicion of every word of every text, in units of perplexity. No bar is in it: one asking serves all bars (`removeSuspicious`). */
  suspicion(texts: readonly string[], onProgress?: DefenceProgress): Promise<readonly Float64Array[]>;
  purify(texts: readonly string[], onProgress?: DefenceProgress): Promise<readonly Purified[]>;
  /** The language model's name and version. */
  readonly component: string;
  dispose(): void;
}

/** Of a longer text the first words are read and judged; the others stay, and are suspected of nothing. */
export const mostWords = 96;
const mostTokens = 192; // and no more words than have so many tokens

/** Loads the language model; TensorFlow must have been started. */
export async function createOnion(defence: Omit<OnionDefence, "name">, options: DefenderOptions = {}): Promise<Onion> {
  checkOnion(defence);
  return onionOf(defence, await loadLanguageModel(options));
}

export function checkOnion({ bar, reference }: Omit<OnionDefence, "name">): void {
  if (!(bar >= 0 && bar < Infinity)) {
    throw new RangeError(`Cannot use ONION as bar must be a finite number, at least 0: ${bar}. The released code's bar -100 is 100 here`);
  }
  if (!onionReferences.includes(reference)) {
    throw new RangeError(`Cannot use ONION as reference must be one of ${onionReferences.join(", ")}: "${reference}"`);
  }
}

/** ONION by a language model at hand, which it disposes of. */
export function onionOf({ bar, reference }: Omit<OnionDefence, "name">, model: LanguageModel): Onion {
  const judge = async (texts: readonly string[], onProgress?: DefenceProgress) => {
    const answers = await model.perplexities(texts.map((text) => treeOf(text, model)), onProgress);
    return texts.map((text, i) => {
      const suspicion = new Float64Array(wordsOf(text).length);
      suspicion.set(suspicionOf(answers[i].perplexities, reference));
      return { suspicion, seconds: answers[i].seconds };
    });
  };
  return {
    suspicion: async (texts, onProgress) => (await judge(texts, onProgress)).map(({ suspicion }) => suspicion),
    async purify(texts, onProgress) {
      const judged = await judge(texts, onProgress);
      return texts.map((text, i) => ({ ...removeSuspicious(text, judged[i].suspicion, bar), seconds: judged[i].seconds }));
    },
    component: model.component,
    dispose: model.dispose,
  };
}

/** A text's words that are judged, and the text without each. */
function treeOf(text: string, { encode }: LanguageModel): Tree {
  const words = wordsOf(text).slice(0, mostWords);
  while (encode(words.join(" ")).length > mostTokens) words.pop();
  return leaveOneOut(words).map(encode);
}

/** ONION as a defence among others. */
export async function onionDefender({ name: _, ...settings }: OnionDefence, options: DefenderOptions): Promise<Defender> {
  const onion = await createOnion(settings, options);
  return {
    purify: async (texts, onProgress) => (await onion.purify(texts, onProgress)).map(({ text }) => text),
    component: onion.component,
    dispose: onion.dispose,
  };
}
