/** Who decides which claim of paper A. */
import type { Deciders } from "../decider.ts";
import { published } from "./audits.ts";
import { backdoor } from "./backdoor.ts";
import { controls } from "./controls.ts";
import { factorShares } from "./factors.ts";
import { labelFlips } from "./label_flips.ts";
import { rank } from "./rank.ts";
import { studied } from "./studies.ts";
import { tables } from "./tables.ts";
import { undecided } from "./undecided.ts";
import { variance } from "./variance.ts";

export const deciders: Deciders = {
  ...undecided,
  ...published,
  ...labelFlips,
  ...backdoor,
  ...rank,
  ...variance,
  ...tables,
  ...controls,
  ...factorShares,
  ...studied,
};
