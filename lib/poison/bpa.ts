/** BPA, backdoor poisoning: a chosen row gets the trigger and the target label (paper A, section 4.2). */
import type { AttackNamed } from "./attack.ts";
import { backdoor } from "./backdoor.ts";

export const bpa = backdoor<AttackNamed<"bpa">>(({ trigger }) => ({ kind: "trigger", ...trigger }));
