/** A sweep on the screen: a bar for the run under way, one for the whole, a line for every run that ends. */
import { metricsOf } from "../evaluate/metrics.ts";
import type { RunProgress, SweepEvent } from "../experiment/sweep.ts";
import { runLabel } from "./label.ts";
import type { Bar, Progress } from "./progress.ts";
import { duration, fraction, roughly } from "./units.ts";

export interface SweepView {
  show(event: SweepEvent): void;
  stop(): void;
}

export function createSweepView(progress: Progress): SweepView {
  const work = createTally();
  let runs = 0, runBar: Bar | null = null, wholeBar: Bar | null = null;

  const whole = (underway: number, remainingSeconds: number | null) => {
    const share = runs === 0 ? 1 : Math.min(1, (work.ended + underway) / runs);
    wholeBar?.update(share, [`${work.ended}/${runs}`, ...rateText(work.rate), ...leftText(remainingSeconds)].join(", "));
  };
  const end = () => {
    runBar?.remove();
    runBar = null;
    work.end();
  };

  function show(event: SweepEvent): void {
    switch (event.kind) {
      case "planned":
        runs = event.runs;
        progress.say(`${event.runs} runs, ${event.present} of them done before`);
        wholeBar = progress.bar("all runs");
        return whole(0, null);
      case "skipped":
        return end();
      case "started":
        runBar = progress.bar(runLabel(event.run.config));
        return whole(0, event.remainingSeconds);
      case "purifying": {
        const { defence, done, total } = event.progress;
        return runBar?.update(0, `${defence}: ${done} of ${total} texts`);
      }
      case "remaking": {
        const { step, steps } = event.progress;
        whole(0, event.remainingSeconds);
        return runBar?.update(0, `its start: ${step} of ${steps} steps`);
      }
      case "progress": {
        const { step, steps, loss, rate } = event.progress, { batchSize } = event.run.config.train;
        work.measure(event.progress, batchSize);
        whole(step / steps, event.remainingSeconds);
        const left = (steps - step) * batchSize / rate;
        return runBar?.update(step / steps, [`loss ${fraction(loss)}`, ...rateText(rate), ...leftText(left)].join(", "));
      }
      case "finished": {
        end();
        const accuracy = metricsOf(event.record.result.clean).accuracy;
        progress.say(`${place(event.run.index)} ${runLabel(event.run.config)}: clean accuracy ${fraction(accuracy)}, ${duration(event.seconds)}`);
        return whole(0, event.remainingSeconds);
      }
      case "failed":
        end();
        progress.say(`${place(event.run.index)} ${runLabel(event.run.config)} FAILED: ${event.error.message}`);
        return whole(0, event.remainingSeconds);
    }
  }

  function place(index: number): string {
    return `[${String(index).padStart(String(runs).length)}/${runs}]`;
  }

  function stop(): void {
    runBar?.remove();
    wholeBar?.remove();
  }

  return { show, stop };
}

const rateText = (rate: number | null): string[] => rate === null ? [] : [`${Math.round(rate)} rows/s`];
const leftText = (seconds: number | null): string[] => seconds === null ? [] : [`${roughly(seconds)} left`];

/** Training rows, and the seconds that they took. */
interface Work {
  readonly rows: number;
  readonly seconds: number;
}

/** The work of the runs that ended, and of the one under way: what a checkpoint spared is none. */
function createTally() {
  const none: Work = { rows: 0, seconds: 0 },
    together = (one: Work, other: Work): Work => ({
      rows: one.rows + other.rows,
      seconds: one.seconds + other.seconds,
    });
  let before = none, current = none, resumedAt: number | null = null, ended = 0;
  return {
    measure({ step, rate }: RunProgress, batchSize: number): void {
      resumedAt ??= step - 1;
      const rows = (step - resumedAt) * batchSize;
      current = { rows, seconds: rows / rate };
    },
    end(): void {
      before = together(before, current);
      current = none;
      resumedAt = null;
      ended++;
    },
    get ended(): number {
      return ended;
    },
    /** Rows a second; null before the first. */
    get rate(): number | null {
      const { rows, seconds } = together(before, current);
      return seconds > 0 ? rows / seconds : null;
    },
  };
}
