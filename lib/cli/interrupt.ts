/** Ctrl-C and termination: the first asks to stop with everything kept, the second stops at once. */

const codes = { SIGINT: 130, SIGTERM: 143 } as const;

export interface Interrupt {
  readonly signal: AbortSignal;
  /** 130 or 143 once a signal has come, else null. */
  exitCode(): number | null;
  /** Leaves the signals to the system again. */
  release(): void;
}

export function watchInterrupts(onFirst: () => void): Interrupt {
  const controller = new AbortController();
  let code: number | null = null;
  const listeners = (["SIGINT", "SIGTERM"] as const).map((name) => {
    const listener = () => {
      if (code !== null) Deno.exit(codes[name]);
      code = codes[name];
      onFirst();
      controller.abort(new DOMException(`stopped by ${name}`, "AbortError"));
    };
    if (name === "SIGINT" || Deno.build.os !== "windows") Deno.addSignalListener(name, listener);
    return { name, listener };
  });
  return {
    signal: controller.signal,
    exitCode: () => code,
    release: () => {
      for (const { name, listener } of listeners) if (name === "SIGINT" || Deno.build.os !== "windows") Deno.removeSignalListener(name, listener);
    },
  };
}
