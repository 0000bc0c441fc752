/** What stands in a panel that has nothing to show. */
import type { Spec } from "./figure.ts";
import { quiet } from "./theme.ts";

/** Words in place of marks. @param height of the panel, in pixels */
export const note = (text: string, height: number): Spec => ({
  data: { values: [{}] },
  mark: { type: "text", text, align: "left", x: 14, y: height / 2 - 14, fontSize: 14, fill: quiet },
  encoding: { x: null, y: null, yOffset: null },
});

export const noRuns = (height: number): Spec => note("no runs yet", height);
