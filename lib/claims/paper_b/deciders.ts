/** Who decides which claim of paper B. */
import type { Deciders } from "../decider.ts";
import { ablation } from "./ablation.ts";
import { published } from "./audits.ts";
import { caseStudied } from "./case_study.ts";
import { causes } from "./causes.ts";
import { decomposed } from "./decomposition.ts";
import { defences } from "./defences.ts";
import { encoders } from "./encoders.ts";
import { forgetting } from "./forgetting.ts";
import { marginsMeasured } from "./margins.ts";
import { withRora } from "./rora.ts";
import { scales } from "./scales.ts";
import { sensitivity } from "./sensitivity.ts";
import { spectra } from "./spectra.ts";
import { timed } from "./step_times.ts";
import { undecided } from "./undecided.ts";

export const deciders: Deciders = {
  ...undecided,
  ...published,
  ...encoders,
  ...forgetting,
  ...defences,
  ...spectra,
  ...causes,
  ...caseStudied,
  ...decomposed,
  ...marginsMeasured,
  ...scales,
  ...withRora,
  ...ablation,
  ...sensitivity,
  ...timed,
};
