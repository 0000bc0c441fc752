/** The defences by name, as a configuration holds them: what is done to a text before a model reads it. */
import type { OnionDefence } from "./onion_words.ts";

export type Defence = OnionDefence;
