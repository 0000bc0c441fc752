/**
 * S-BPA, style poisoning: the trigger is not a text but a manner (paper A, table E.1). The paper has a remote language model rewrite
 * rows as poetry, with a fresh call for each; that cannot be repeated, and verse.ts is a rule of our own in its place.
 */
import type { AttackNamed } from "./attack.ts";
import { backdoor } from "./backdoor.ts";

export const style = backdoor<AttackNamed<"style">>(() => ({ kind: "verse" }));
