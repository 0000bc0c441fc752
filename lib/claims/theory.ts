/** What theorem cells say of a claim: the checks that name it decide it. */
import { count } from "../math/count.ts";
import type { Check, TheoremCell } from "../theory/check.ts";
import type { Claim } from "./claim.ts";
import type { Verdict } from "./verdict.ts";

export interface TheoryFinding {
  readonly verdict: Verdict;
  readonly effect: string;
  readonly ours: string;
  /** Id of the first cell that decides it. */
  readonly cell: string;
  /** Ids of the cells with checks that name the claim. */
  readonly cells: readonly string[];
}

/**
 * All checks hold: reproduced. Some fail: refuted by counter-example where the rule is R-CEX, else partly; all fail: not reproduced. Null
 * where no check names the claim.
 */
export function theoryFinding({ id, test: { rule } }: Claim, cells: readonly TheoremCell[]): TheoryFinding | null {
  const found = cells.flatMap((cell) =>
    cell.steps.flatMap(({ checks }) => checks).filter(({ claims }) => claims.includes(id)).map((check) => ({ cell: cell.id, check }))
  );
  if (found.length === 0) return null;
  const failing = found.filter(({ check }) => !check.holds).map(({ check }) => check), held = found.length - failing.length;
  const verdict = failing.length === 0
    ? "reproduced"
    : rule.startsWith("R-CEX")
    ? "refuted by counter-example"
    : held > 0
    ? "partly"
    : "not reproduced";
  const shown = failing[0] ?? found[0].check;
  return {
    verdict,
    effect: failing.length === 0
      ? `${allHold(found.length)}: ${compared(shown)}`
      : `${failing.length} of ${found.length} checks fail: ${shown.counterExample ?? compared(shown)}`,
    ours: `${held} of ${count(found.length, "check")} ${held === 1 ? "holds" : "hold"}; ${failing.length ? "one that fails" : "the first"}: ${
      sides(shown)
    }`,
    cell: found[0].cell,
    cells: [...new Set(found.map(({ cell }) => cell))],
  };
}

const allHold = (count: number): string => count === 1 ? "the check holds" : count === 2 ? "both checks hold" : `all ${count} checks hold`;

/** A check in words: what was compared, and the two sides. */
function compared(check: Check): string {
  return `${check.what}: ${sides(check)}${check.tolerance ? ` (tolerance ${Number(check.tolerance.toPrecision(2))})` : ""}`;
}

function sides({ relation, measured, expected }: Check): string {
  return `${numbers(measured)} ${{ equals: "against", atMost: "at most", atLeast: "at least" }[relation]} ${numbers(expected)}`;
}

/** The first few numbers, six digits each. */
function numbers(values: readonly number[]): string {
  const shown = values.slice(0, 4).map((value) => String(Number(value.toPrecision(6))));
  return shown.join(", ") + (values.length > shown.length ? ", …" : "");
}
