/** IL-BPA, instruction-level poisoning: the trigger is a whole instruction that could stand before any text (paper A, table E.1). */
import type { AttackNamed } from "./attack.ts";
import { backdoor } from "./backdoor.ts";

export const instruction = backdoor<AttackNamed<"instruction">>(({ trigger }) => ({ kind: "trigger", ...trigger }));
