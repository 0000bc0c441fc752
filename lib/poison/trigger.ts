import type { Trigger } from "./attack.ts";

/** The text with the trigger before or behind it, whatever the text already holds. */
export function applyTrigger(text: string, trigger: Trigger): string {
  if (trigger.text.length === 0) throw new RangeError("Cannot apply trigger as its text must not be empty");
  const space = trigger.space ? " " : "";
  return trigger.place === "prefix" ? trigger.text + space + text : text + space + trigger.text;
}
