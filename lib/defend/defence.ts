/** The defences by name, as a configuration holds them: what is done to a text before a model reads it. */
import { type BackTranslationDefence, backTranslationDefender } from "./back_translation.ts";
import type { Defender, DefenderOptions } from "./defender.ts";
import { onionDefender } from "./onion.ts";
import type { OnionDefence } from "./onion_words.ts";

export type Defence = OnionDefence | BackTranslationDefence;

/** Loads the component behind a defence; TensorFlow must have been started where it is a model of ours. The caller disposes of it. */
export function createDefender(defence: Defence, options: DefenderOptions = {}): Promise<Defender> {
  switch (defence.name) {
    case "onion":
      return onionDefender(defence, options);
    case "back-translation":
      return backTranslationDefender(defence, options);
  }
}
