/** What stands in a panel that has no runs. */
import type { Spec } from "../figure.ts";
import { quiet } from "../theme.ts";

/** @param height of the panel, in pixels */
export const noRuns = (height: number): Spec => ({
  data: { values: [{}] },
  mark: { type: "text", text: "no runs yet", align: "left", x: 14, y: height / 2 - 14, fontSize: 14, fill: quiet },
  encoding: { x: null, y: null },
});
