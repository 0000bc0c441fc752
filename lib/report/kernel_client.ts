/** Deno's kernel without a front end: executes code, one cell at a time, and hands over everything that the cell published. */
import { createMessage } from "./wire.ts";
import { type InnerKernel, startInnerKernel } from "./inner_kernel.ts";
import { describeEnd } from "./kernel_process.ts";
import { kernelEnvironment } from "./kernelspec.ts";

/** One message that a cell published: `stream`, `display_data`, `update_display_data`, `execute_result`, `error`, `clear_output`. */
export interface Published {
  type: string;
  // deno-lint-ignore no-explicit-any -- the protocol's content, a different shape for each type
  content: any;
}

export interface KernelClient {
  /** Resolves when the cell and all its output are over: to null, or to the error that the cell ended with. Rejects when the kernel dies. */
  execute(code: string, onOutput: (output: Published) => void): Promise<{ ename: string; evalue: string } | null>;
  /** Ends the kernel, whatever it does. */
  close(): Promise<void>;
}

/** Starts a kernel with the given working directory; `env` is added to ours. */
export async function startKernelClient(options: { cwd: string; env?: Record<string, string>; deno?: string }): Promise<KernelClient> {
  let onReply: (content: Published["content"]) => void = () => {};
  let onOutput: (output: Published) => void = () => {};
  const kernel: InnerKernel = await startInnerKernel({
    deno: options.deno ?? Deno.execPath(),
    cwd: options.cwd,
    env: { ...kernelEnvironment(), ...options.env },
    quiet: true,
    toFront(channel, { header, content }) {
      if (channel === "shell" && header.msg_type === "execute_reply") onReply(content);
      if (channel === "iopub" && !["status", "execute_input"].includes(header.msg_type)) onOutput({ type: header.msg_type, content });
    },
  });
  let died: string | undefined;
  const ended = kernel.ended.then((end) => died = describeEnd(end));

  return {
    execute: (code, take) =>
      new Promise((resolve, reject) => {
        onOutput = take;
        onReply = ({ status, ename, evalue }) => resolve(status === "ok" ? null : { ename: String(ename), evalue: String(evalue) });
        ended.then((how) => reject(new Error(`Cannot execute cell as the kernel must live: ${how}`)));
        const content = { code, silent: false, store_history: true, user_expressions: {}, allow_stdin: false, stop_on_error: true };
        if (died === undefined) kernel.request(createMessage("execute_request", content));
      }),
    async close() {
      kernel.close();
      await ended;
    },
  };
}
