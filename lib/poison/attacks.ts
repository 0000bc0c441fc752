/** Attacks by name: a new one is its file, its line here, and its settings in attack.ts. */
import type { AttackNamed, RowAttack } from "./attack.ts";
import { bpa } from "./bpa.ts";
import type { Rule } from "./rule.ts";
import { upa } from "./upa.ts";

const attacks: { readonly [Name in RowAttack["name"]]: Rule<AttackNamed<Name>> } = { upa, bpa };

/** The rule that goes with an attack's settings. */
export function ruleOf(attack: RowAttack): Rule<RowAttack> {
  if (!Object.hasOwn(attacks, attack.name)) {
    throw new TypeError(`Cannot poison data set as the attack must be one of none, ${Object.keys(attacks).join(", ")}: ${attack.name}`);
  }
  return attacks[attack.name] as Rule<RowAttack>;
}
