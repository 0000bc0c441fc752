/** Rows out of rows: one arm minus the other seed by seed, and ours minus the paper's where both have a value. */
import type { Arm, Place, Row } from "./figure.ts";
import { meanRows } from "./rows.ts";

type Position = keyof Place;

/**
 * First arm minus second of one panel, as rows of another: ours paired by seed, with the mean's 95 % t band; the paper's as the difference of
 * its means. `shared` names what pairs must agree in: what the arms themselves differ in is left out.
 */
export function gapRows(rows: readonly Row[], from: string, to: string, [first, second]: readonly [Arm, Arm], shared: readonly Position[]): Row[] {
  const arm = `${first} − ${second}` as Arm, within = rows.filter((row) => row.panel === from);
  const pairs = (source: Row["source"]): Row[] => {
    const cells = Map.groupBy(
      within.filter((row) => row.source === source),
      (row) => JSON.stringify([row.task, row.seed, ...shared.map((name) => row[name])]),
    );
    return [...cells.values()].flatMap((cell) => {
      const a = cell.find((row) => row.arm === first), b = cell.find((row) => row.arm === second);
      if (!a || !b) return [];
      const place = second === "poisoned" ? b : a; // a clean run has no dose of its own
      return [{
        ...place,
        panel: to,
        arm,
        series: `${arm}, ${source === "paper" ? "paper" : "ours"}`,
        value: a.value - b.value,
        low: null,
        high: null,
        key: null,
        collapsed: a.collapsed || b.collapsed,
      }];
    });
  };
  const runs = pairs("run");
  return [...runs, ...meanRows(runs), ...pairs("paper")];
}

/** Our means minus the paper's curve, once for each of its tasks; between two of its points the curve is a straight line, beyond them there is none. */
export function residualRows(rows: readonly Row[], from: string, to: string, along: Position): Row[] {
  const within = rows.filter((row) => row.panel === from);
  const curves = Map.groupBy(within.filter((row) => row.source === "paper"), (row) => JSON.stringify([row.arm, row.task]));
  return within.filter((row) => row.source === "mean").flatMap((row) =>
    [...curves.values()].filter(([{ arm }]) => arm === row.arm).flatMap((curve) => {
      const theirs = valueAt(curve, along, row[along]), shift = (value: number | null) => value === null || theirs === null ? null : value - theirs;
      if (theirs === null) return [];
      return [{ ...row, panel: to, against: curve[0].task, value: row.value - theirs, low: shift(row.low), high: shift(row.high) }];
    })
  );
}

/** The curve's value at `x`, null outside of it. */
function valueAt(curve: readonly Row[], along: Position, x: number | null): number | null {
  const points = curve.filter((row) => row[along] !== null).sort((a, b) => a[along]! - b[along]!);
  if (x === null) return null;
  for (const [i, point] of points.entries()) {
    const at = point[along]!, before = points[i - 1];
    if (nearlyEqual(at, x)) return point.value;
    if (before && before[along]! < x && x < at) return before.value + (point.value - before.value) * (x - before[along]!) / (at - before[along]!);
  }
  return null;
}

/** The paper writes .333 and .667 where it means thirds. */
const nearlyEqual = (a: number, b: number): boolean => Math.abs(a - b) <= 2e-3 * Math.abs(a);
