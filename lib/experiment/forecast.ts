/** How long the rest of a sweep takes, from how long its runs took. */
import type { RunConfig } from "./config.ts";

/** What is known of the run under way: `fraction` of its steps done after `seconds`, of which `resumedAt` had been done before. */
export interface Underway {
  readonly config: RunConfig;
  readonly seconds: number;
  readonly fraction: number;
  readonly resumedAt: number;
}

export interface Forecast {
  /** A run took so many seconds from `resumedAt` (a fraction of its steps) to its end. */
  observe(config: RunConfig, seconds: number, resumedAt?: number): void;
  /** Seconds until the run under way and the waiting ones are done; null as long as nothing is known. */
  remaining(waiting: readonly RunConfig[], underway?: Underway): number | null;
}

/**
 * Seconds per training row, by method: the mean over the finished runs, before the first by the steps of the run under way. A method of
 * which nothing is known yet is taken to be as fast as the others.
 */
export function createForecast(): Forecast {
  const finished = new Map<string, { seconds: number; rows: number }>();

  function observe(config: RunConfig, seconds: number, resumedAt = 0): void {
    const { seconds: before, rows } = finished.get(config.method.name) ?? { seconds: 0, rows: 0 };
    finished.set(config.method.name, { seconds: before + seconds, rows: rows + trainingRows(config) * (1 - resumedAt) });
  }

  function remaining(waiting: readonly RunConfig[], underway?: Underway): number | null {
    const speeds = new Map([...finished].map(([method, { seconds, rows }]) => [method, seconds / rows]));
    const done = underway ? underway.fraction - underway.resumedAt : 0;
    const current = underway && done > 0 ? underway.seconds / done : null; // for all of its steps
    if (underway && current !== null && !speeds.has(underway.config.method.name)) {
      speeds.set(underway.config.method.name, current / trainingRows(underway.config));
    }
    if (speeds.size === 0) return waiting.length === 0 && !underway ? 0 : null;
    const anyMethod = [...speeds.values()].reduce((sum, speed) => sum + speed, 0) / speeds.size;
    const seconds = (config: RunConfig) => trainingRows(config) * (speeds.get(config.method.name) ?? anyMethod);
    const rest = underway ? (1 - underway.fraction) * (current ?? seconds(underway.config)) : 0;
    return rest + waiting.reduce((sum, config) => sum + seconds(config), 0);
  }

  return { observe, remaining };
}

/** Rows that training meets: rows x epochs. */
function trainingRows({ task, train }: RunConfig): number {
  return task.trainRows * train.epochs;
}
