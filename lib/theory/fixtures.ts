/** The inputs of the papers' equations with the values that they must give: `paper-a-equations.json`, `paper-b-equations.json`. */
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

/** One fixture by its id, `A-14`, `B-12`. */
export function fixture(id: string): Fixture {
  cached ??= new Map(["a", "b"].flatMap(fixturesOf).map((one) => [one.id, one]));
  const found = cached.get(id);
  if (!found) throw new RangeError(`Cannot read fixture as its id must be one of ${[...cached.keys()].join(", ")}: ${id}`);
  return found;
}

function fixturesOf(paper: string): Fixture[] {
  return JSON.parse(readFileSync(new URL(`../../data/papers/paper-${paper}-equations.json`, import.meta.url), "utf8")).fixtures;
}
