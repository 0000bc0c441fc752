/** The inputs of paper A's equations with the values that they must give: `data/papers/paper-a-equations.json`. */
import { readFileSync } from "node:fs";

export interface Fixture {
  readonly id: string;
  readonly equation: string;
  // deno-lint-ignore no-explicit-any
  readonly inputs: any;
  // deno-lint-ignore no-explicit-any
  readonly expected: any;
  readonly tolerance: number;
}

let cached: Map<string, Fixture> | undefined;

/** One fixture by its id, `A-14`. */
export function fixture(id: string): Fixture {
  cached ??= new Map(
    (JSON.parse(readFileSync(new URL("../../data/papers/paper-a-equations.json", import.meta.url), "utf8")).fixtures as Fixture[]).map((
      one,
    ) => [one.id, one]),
  );
  const found = cached.get(id);
  if (!found) throw new RangeError(`Cannot read fixture as its id must be one of ${[...cached.keys()].join(", ")}: ${id}`);
  return found;
}
