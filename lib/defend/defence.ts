/** The defences by name, as a configuration holds them: what is done to a text before a model reads it. */
import { type BackTranslationDefence, backTranslationDefender, translationAsset } from "./back_translation.ts";
import type { Defender, DefenderOptions } from "./defender.ts";
import { onionDefender } from "./onion.ts";
import type { OnionDefence } from "./onion_words.ts";
import { languageModelAsset } from "./perplexity.ts";
import { type RuleBasedParaphraseDefence, ruleBasedParaphraseDefender } from "./paraphrase.ts";
import { type PublishedDefence, publishedDefender } from "./paraphrase_published.ts";

export type Defence = OnionDefence | BackTranslationDefence | RuleBasedParaphraseDefence | PublishedDefence;

/** Obtains and names the component behind a defence; nothing is loaded yet. */
export function createDefender(defence: Defence, options: DefenderOptions = {}): Promise<Defender> {
  switch (defence.name) {
    case "onion":
      return onionDefender(defence, options);
    case "back-translation":
      return backTranslationDefender(defence, options);
    case "rule-based-paraphrase":
      return Promise.resolve(ruleBasedParaphraseDefender());
    case "published":
      return publishedDefender(defence, options);
  }
}

/** What a defence downloads; null where it downloads nothing. */
export function assetOf({ name }: Defence): string | null {
  switch (name) {
    case "onion":
      return languageModelAsset;
    case "back-translation":
      return translationAsset;
    case "rule-based-paraphrase":
    case "published":
      return null;
  }
}
