/** R-RANK: which factor explains most of the variance. */

/** Levels of each factor in one observation, and what was measured. */
export interface Observation {
  readonly levels: Readonly<Record<string, string>>;
  readonly value: number;
}

/**
 * Eta squared of each factor: what the residual sum of squares of the additive model (one effect per level of every factor, least
 * squares) grows by when the factor is left out, over the total sum of squares. In a balanced design this is the ANOVA's SS / SS_total; in
 * an unbalanced one a factor gets no credit for what the others explain as well.
 */
export function etaSquared(observations: readonly Observation[]): Record<string, number> {
  const factors = Object.keys(observations[0]?.levels ?? {}), values = observations.map(({ value }) => value);
  const total = residual(observations, []), all = residual(observations, factors);
  if (values.length < 3 || total === 0) return Object.fromEntries(factors.map((factor) => [factor, 0]));
  return Object.fromEntries(factors.map((factor) => {
    const without = residual(observations, factors.filter((other) => other !== factor));
    return [factor, Math.max(0, without - all) / total];
  }));
}

/** Residual sum of squares of the additive model with these factors. */
function residual(observations: readonly Observation[], factors: readonly string[]): number {
  const columns = factors.flatMap((factor) =>
    [...new Set(observations.map(({ levels }) => levels[factor]))].slice(1).map((level) => ({ factor, level }))
  );
  const rows = observations.map(({ levels }) => [1, ...columns.map(({ factor, level }) => levels[factor] === level ? 1 : 0)]);
  const values = observations.map(({ value }) => value), width = columns.length + 1;
  const normal = Array.from({ length: width }, (_, i) => Array.from({ length: width }, (_, j) => sum(rows.map((row) => row[i] * row[j]))));
  const effects = solve(normal, normal.map((_, i) => sum(rows.map((row, r) => row[i] * values[r]))));
  return sum(rows.map((row, r) => (values[r] - sum(row.map((x, i) => x * effects[i]))) ** 2));
}

/** Gaussian elimination with pivots; a direction that nothing determines (two factors that vary together) gets 0. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const rows = matrix.map((row, i) => [...row, right[i]]), n = rows.length, pivots: number[] = [];
  for (let column = 0; column < n; column++) {
    const from = pivots.length;
    const best = rows.slice(from).reduce((at, row, i) => Math.abs(row[column]) > Math.abs(rows[at][column]) ? from + i : at, from);
    if (from >= n || Math.abs(rows[best][column]) < 1e-9) continue;
    [rows[from], rows[best]] = [rows[best], rows[from]];
    for (let i = 0; i < n; i++) {
      if (i === from) continue;
      const factor = rows[i][column] / rows[from][column];
      for (let j = column; j <= n; j++) rows[i][j] -= factor * rows[from][j];
    }
    pivots.push(column);
  }
  const solution = new Array<number>(n).fill(0);
  pivots.forEach((column, i) => solution[column] = rows[i][n] / rows[i][column]);
  return solution;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
