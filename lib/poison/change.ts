/** What is done to the text of every held-out row before it is evaluated once more: plain data, and the function that does it. */
import type { Trigger } from "./attack.ts";
import { applyTrigger } from "./trigger.ts";

export type TextChange = { readonly kind: "trigger" } & Trigger;

/** The changed text: a function of the text, the change and the row's id, the same in every run. */
export function changeText(text: string, change: TextChange): string {
  return applyTrigger(text, change);
}

/** Whether a change is what an attack taught the model to obey; noise is not. */
export function isTrigger({ kind }: TextChange): boolean {
  return kind === "trigger";
}
