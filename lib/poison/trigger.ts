import type { Rng } from "../math/random.ts";
import type { Trigger } from "./attack.ts";

/**
 * The text with the trigger before it, behind it or between two of its words, whatever the text already holds. A place between words is drawn
 * from `rng` (paper B's attacks: never first, never last), which no other place needs; a text of one word gets the trigger behind it.
 */
export function applyTrigger(text: string, trigger: Trigger, rng?: Rng): string {
  if (trigger.text.length === 0) throw new RangeError("Cannot apply trigger as its text must not be empty");
  const space = trigger.space ? " " : "";
  if (trigger.place === "prefix") return trigger.text + space + text;
  if (trigger.place === "suffix") return text + space + trigger.text;
  if (!rng) throw new TypeError("Cannot apply trigger as a place between words must be drawn: no random stream was given");
  const words = text.split(" "), places = Math.min(words.length, trigger.within ?? Infinity) - 1;
  const at = places < 1 ? words.length : 1 + rng.integer(places);
  return [...words.slice(0, at), trigger.text, ...words.slice(at)].join(" ");
}

/** The text with the trigger at every place: before its first word, between two words, behind its last. */
export function applyEverywhere(text: string, trigger: Pick<Trigger, "text">): string[] {
  const words = text.split(" ");
  return Array.from({ length: words.length + 1 }, (_, at) => [...words.slice(0, at), trigger.text, ...words.slice(at)].join(" "));
}
