/** Progress on the screen: bars on a terminal; elsewhere (a log, a pipe) a plain line now and then. */
import process from "node:process";
import { MultiBar } from "cli-progress";

export interface Bar {
  /** `fraction` in [0, 1], with what is worth knowing beside it. */
  update(fraction: number, text: string): void;
  /** Takes the bar away. */
  remove(): void;
}

export interface Progress {
  /** A line that stays. */
  say(line: string): void;
  bar(label: string): Bar;
  /** Gives the terminal back. */
  stop(): void;
}

export interface ProgressOptions {
  readonly isTerminal?: boolean;
  /** Where plain lines go. */
  readonly write?: (line: string) => void;
  readonly nowMs?: () => number;
}

const plainIntervalMs = 10_000;

/** Progress goes to standard error, so that standard output holds the results alone. */
export function createProgress(options: ProgressOptions = {}): Progress {
  const { isTerminal = Deno.stderr.isTerminal(), write = (line) => console.error(line), nowMs = () => performance.now() } = options;
  return isTerminal ? barProgress() : plainProgress(write, nowMs);
}

/** A bar in 80 columns: label (30, as long as `LoRA, label flips 30 %, seed 3`), bar, percentage, and 34 for the text. */
export function barLine(label: string, share: number, text: string): string {
  const width = 8, full = Math.floor(share * width);
  return `${label.padEnd(30)} ${"█".repeat(full)}${"░".repeat(width - full)} ${String(Math.floor(share * 100)).padStart(3)} % ${text}`;
}

function barProgress(): Progress {
  const bars = new MultiBar({
    format: (_options, { progress }, { label, text }) => barLine(label, progress, text),
    hideCursor: true,
    clearOnComplete: true,
    gracefulExit: false, // interruption is ours to handle
    linewrap: true, // true: cut at the terminal's width
    stream: process.stderr,
  });
  let stopped = false; // then nothing draws what is logged
  return {
    say: (line) => stopped ? console.error(line) : void bars.log(`${line}\n`),
    bar(label) {
      const bar = bars.create(1, 0, { label, text: "" });
      return {
        update: (share, text) => bar.update(share, { label, text }),
        remove: () => void bars.remove(bar),
      };
    },
    stop() {
      stopped = true;
      bars.stop();
    },
  };
}

/** One line for all bars, at most every ten seconds. */
function plainProgress(write: (line: string) => void, nowMs: () => number): Progress {
  const shown = new Map<symbol, string>();
  let last = nowMs();
  return {
    say: write,
    bar(label) {
      const id = Symbol(label);
      shown.set(id, label);
      return {
        update(share, text) {
          shown.set(id, `${label}: ${Math.floor(share * 100)} %${text && `, ${text}`}`);
          const isLatest = [...shown.keys()].at(-1) === id; // bars are updated in the order of their making: now all are up to date
          if (!isLatest || nowMs() - last < plainIntervalMs) return;
          last = nowMs();
          write([...shown.values()].join("; "));
        },
        remove: () => void shown.delete(id),
      };
    },
    stop() {},
  };
}
