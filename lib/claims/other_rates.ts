/** Both methods at other learning rates than their own: the difference between them may be that of their rates. */
import { count } from "../math/count.ts";
import { isDefault, type Run } from "./observe.ts";
import type { Outcome, RunRule } from "./outcome.ts";
import { list } from "./words.ts";

export interface OtherRates {
  /** `half of both learning rates (FF 5e-5, LoRA 1e-3)`. */
  readonly name: string;
  /** All runs, those at these rates marked as the main ones are. */
  readonly runs: readonly Run[];
}

/** Half of each method's own rate, and one rate for both, where there are such runs of the attack. */
export function atOtherRates(runs: readonly Run[], attack: string): OtherRates[] {
  const own = runs.filter((run) => run.attack === attack && run.split === "test" && run.stated && isDefault(run));
  const main = new Map(own.filter(({ main }) => main).map((run) => [armOf(run), run.learningRate]));
  const known = new Set(own.map((run) => `${armOf(run)} ${run.learningRate}`));
  const choices = [
    { name: "half of both learning rates", is: (run: Run) => 2 * run.learningRate === main.get(armOf(run)) },
    {
      name: "one learning rate for both",
      is: (run: Run) => known.has(`${armOf(run)} ${run.learningRate}`) && known.has(`${otherArmOf(run)} ${run.learningRate}`),
    },
  ];
  return choices.flatMap(({ name, is }) => {
    const found = own.filter(is);
    return found.length ? [{ name: `${name} (${ratesOf(found)})`, runs: runs.map((run) => ({ ...run, main: is(run) })) }] : [];
  });
}

/** What a rule says at each of them. */
export const toldAtOtherRates = (rule: RunRule, runs: readonly Run[], attack: string): string[] =>
  atOtherRates(runs, attack).flatMap(({ name, runs }) => {
    const found = rule(runs);
    return found ? [toldAt(name, found)] : [];
  });

export const toldAt = (name: string, { verdict, ours, seeds }: Outcome): string =>
  `at ${name}: ${verdict} (${ours}, at least ${count(seeds, "seed")})`;

const armOf = ({ setting, method }: Pick<Run, "setting" | "method">): string => `${setting} ${method}`;
const otherArmOf = ({ setting, method }: Run): string => armOf({ setting, method: method === "full" ? "lora" : "full" });

function ratesOf(runs: readonly Run[]): string {
  const rates = (method: Run["method"]) => [...new Set(runs.filter((run) => run.method === method).map(({ learningRate }) => learningRate))];
  return ([["full", "FF"], ["lora", "LoRA"]] as const).flatMap(([method, title]) => {
    const own = rates(method);
    return own.length ? [`${title} ${list(own.map((rate) => rate.toExponential()))}`] : [];
  }).join(", ");
}
