/** Kendall's tau, as R-TREND takes it: the order of pairs, which no scale of either axis changes. */
export { kendallTau } from "../../math/kendall.ts";
