/** How long the rest of a sweep takes: what the cost model says beforehand, corrected by what the runs then take. */
import type { RunConfig } from "./config.ts";
import { rowsRead } from "./exposure.ts";

/** What is known of a run under way: `fraction` of its steps done after `seconds`, of which `resumedAt` had been done before. */
export interface Underway {
  readonly config: RunConfig;
  readonly seconds: number;
  readonly fraction: number;
  readonly resumedAt: number;
}

export interface Forecast {
  /** A run took so many seconds from `resumedAt` (a fraction of its steps) to its end. */
  observe(config: RunConfig, seconds: number, resumedAt?: number): void;
  /** Seconds until the runs under way and the waiting ones are done; null as long as nothing is known. */
  remaining(waiting: readonly RunConfig[], underway?: Underway | readonly Underway[]): number | null;
}

export interface ForecastOptions {
  /** Seconds that a run takes when it has the machine to itself (`expectedSeconds` in cost.ts). Without it nothing is known before the first step. */
  readonly expected?: (config: RunConfig) => number;
  /** How many runs go on at the same time. They share the machine: until something is observed, each is taken to be so many times slower. */
  readonly parallel?: number;
}

/** A resumed run says little of a whole one until so much of it has been done since: at first it starts, at the end it is evaluated. */
const enough = { underway: 0.2, finished: 0.5 } as const;

/**
 * Corrects by the ratio of observed to expected seconds, method by method: of the finished runs, and of those under way by the share of
 * their steps that is done. A method of which nothing is known yet is taken to be off by as much as the others.
 */
export function createForecast({ expected, parallel = 1 }: ForecastOptions = {}): Forecast {
  const size = expected ?? trainingRows; // without expectations, seconds per training row take the ratio's place
  const finished = new Map<string, { seconds: number; size: number }>();

  function observe(config: RunConfig, seconds: number, resumedAt = 0): void {
    if (1 - resumedAt < enough.finished) return;
    const { name } = config.method, before = finished.get(name) ?? { seconds: 0, size: 0 };
    finished.set(name, { seconds: before.seconds + seconds, size: before.size + size(config) * (1 - resumedAt) });
  }

  function remaining(waiting: readonly RunConfig[], underway: Underway | readonly Underway[] = []): number | null {
    const current = [underway].flat() as readonly Underway[],
      ratios = new Map([...finished].map(([name, { seconds, size }]) => [name, seconds / size]));
    const pace = ({ seconds, fraction, resumedAt }: Underway) => { // for all steps
      const done = fraction - resumedAt;
      return done > 0 && (resumedAt === 0 || done >= enough.underway) ? seconds / done : null;
    };
    for (const run of current) {
      const { name } = run.config.method, paced = pace(run);
      if (paced === null || ratios.has(name)) continue;
      const seen = paced / size(run.config), done = run.fraction - run.resumedAt;
      ratios.set(name, expected ? done * seen + (1 - done) * parallel : seen); // the first steps are slow ones: they are traced
    }
    if (ratios.size === 0 && !expected) return waiting.length + current.length === 0 ? 0 : null;
    const known = [...ratios.values()], anyMethod = known.length ? known.reduce((sum, ratio) => sum + ratio, 0) / known.length : parallel;
    const seconds = (config: RunConfig) => size(config) * (ratios.get(config.method.name) ?? anyMethod);
    const rests = current.map((run) => {
      const paced = pace(run), said = seconds(run.config), done = run.fraction - run.resumedAt;
      const whole = paced === null ? said : expected ? done * paced + (1 - done) * said : paced;
      return (1 - run.fraction) * whole;
    });
    const work = [...rests, ...waiting.map(seconds)].reduce((sum, rest) => sum + rest, 0);
    return Math.max(work / parallel, ...rests);
  }

  return { observe, remaining };
}

/** Rows that training meets: rows x epochs. */
function trainingRows({ task, train }: RunConfig): number {
  return rowsRead(train, task.trainRows);
}
