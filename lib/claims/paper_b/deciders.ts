/** Who decides which claim of paper B. */
import type { Deciders } from "../decider.ts";
import { published } from "./audits.ts";
import { undecided } from "./undecided.ts";

export const deciders: Deciders = {
  ...undecided,
  ...published,
};
