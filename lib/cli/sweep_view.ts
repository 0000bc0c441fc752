/** A sweep on the screen: a bar for the run under way, one for the whole, a line for every run that ends. */
import { metricsOf } from "../evaluate/metrics.ts";
import type { SweepEvent } from "../experiment/sweep.ts";
import { runLabel } from "./label.ts";
import type { Bar, Progress } from "./progress.ts";
import { duration, fraction } from "./units.ts";

export interface SweepView {
  show(event: SweepEvent): void;
  stop(): void;
}

export function createSweepView(progress: Progress): SweepView {
  let runs = 0, ended = 0, runBar: Bar | null = null, wholeBar: Bar | null = null;

  const whole = (underway: number, remainingSeconds: number | null) => {
    const left = remainingSeconds === null ? "" : `, ${duration(remainingSeconds)} left`;
    wholeBar?.update(runs === 0 ? 1 : Math.min(1, (ended + underway) / runs), `${ended}/${runs}${left}`);
  };
  const end = () => {
    runBar?.remove();
    runBar = null;
    ended++;
  };

  function show(event: SweepEvent): void {
    switch (event.kind) {
      case "planned":
        runs = event.runs;
        progress.say(`${event.runs} runs, ${event.present} of them done before`);
        wholeBar = progress.bar("all runs");
        return whole(0, null);
      case "skipped":
        return void ended++;
      case "started":
        runBar = progress.bar(runLabel(event.run.config));
        return whole(0, event.remainingSeconds);
      case "progress": {
        const { step, steps, loss, rate } = event.progress;
        whole(step / steps, event.remainingSeconds);
        return runBar?.update(step / steps, `${step}/${steps}, loss ${fraction(loss)}, ${Math.round(rate)} rows/s`);
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
