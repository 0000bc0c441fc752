/**
 * The kernel that our kernelspec starts: stands between a front end (JupyterLab, VS Code, nbclient) and Deno's kernel, and keeps every
 * output in its own cell (cell_queue.ts says how). `deno run -A kernel_proxy.ts CONNECTION_FILE`.
 */
import { type InnerKernel, startInnerKernel } from "./inner_kernel.ts";
import { describeEnd } from "./kernel_process.ts";
import { kernelEnvironment } from "./kernelspec.ts";
import { addressOf, type Connection, createMessage, encode, type Message, reading } from "./wire.ts";
import { bind } from "./zmtp.ts";

export interface ProxyOptions {
  connection: Connection;
  deno: string;
  /** Keeps what the kernel writes to stderr away from ours. */
  quiet?: boolean;
  /** Called once, when the kernel has ended: 0 where it was asked to. */
  onEnd(code: number): void;
}

const interruptMs = 3000; // a computing cell stops in milliseconds; one that waits (await) makes Deno's kernel hang
const shutdownMs = 1500; // a front end gives up, and kills, after 2.5 s
const flushMs = 200; // for the last messages to leave
const restarted = "the cell was waiting, which Deno's kernel cannot interrupt, so the kernel was started anew: run the cells above again";

/** Serves the front end until the kernel ends; `end` ends it from outside. */
export function serveKernel({ connection, deno, quiet, onEnd }: ProxyOptions): { end(code: number): void } {
  const { key } = connection;
  let current: InnerKernel | null = null, closing = false, ended = false;
  const life = new AbortController(); // of whatever kernel there is: none is current while one starts
  /**
   * Who asked: message id -> the front end's identity frames. Deno's kernel drops answers to messages that carry such frames, so they
   * stay here until the answer goes back.
   */
  const askers = new Map<string, Message["identities"]>();

  const open = (channel: "shell" | "control" | "stdin", take: (message: Message) => void) =>
    bind("ROUTER", addressOf(connection, channel), reading(key, (message) => take(withoutIdentities(message))));
  // Messages that come before the kernel answers wait for it, in their order.
  const sockets = {
    shell: open("shell", (message) => whenReady((kernel) => kernel.request(message))),
    stdin: open("stdin", (message) => whenReady((kernel) => kernel.answer(message))),
    control: open("control", (message) => {
      if (message.header.msg_type === "interrupt_request") whenReady((kernel) => interrupt(kernel, message));
      if (message.header.msg_type === "shutdown_request") shutdown(message);
    }),
    iopub: bind("PUB", addressOf(connection, "iopub")),
  };
  const heartbeat = bind("ROUTER", addressOf(connection, "hb"), (frames) => heartbeat.send(frames));
  let kernel = startKernel();
  kernel.catch(failed);

  function whenReady(act: (kernel: InnerKernel) => void): void {
    kernel.then(act, () => {});
  }

  function withoutIdentities(message: Message): Message {
    if (message.header.msg_type.endsWith("_request")) askers.set(message.header.msg_id, message.identities); // others get no answer
    return { ...message, identities: [] };
  }

  function toFront(channel: keyof typeof sockets, message: Message): void {
    const asker = message.parent.msg_id ?? "";
    const identities = channel === "iopub" ? [] : askers.get(asker);
    if (identities) sockets[channel].send(encode({ ...message, identities }, key));
    if (channel === "shell" || channel === "control") askers.delete(asker); // a prompt is followed by its cell's reply
  }

  /** A kernel whose end, when nobody asked for it, is told to the reader and ends the proxy: Jupyter then starts another. */
  async function startKernel(): Promise<InnerKernel> {
    const started = await startInnerKernel({ deno, quiet, env: kernelEnvironment(), toFront, signal: life.signal });
    started.ended.then((how) => {
      if (started !== current) return;
      if (!closing) started.fail("KernelDied", `Deno's kernel is gone: ${describeEnd(how)}`);
      end(closing ? 0 : 1);
    });
    return current = started;
  }

  function interrupt(interrupted: InnerKernel, request: Message): void {
    const cell = interrupted.runningId();
    toFront("control", createMessage("interrupt_reply", { status: "ok" }, request.header));
    if (cell === undefined) return; // Deno's kernel would hit the next cell instead
    interrupted.interrupt();
    setTimeout(() => interrupted === current && interrupted.runningId() === cell && restart(interrupted), interruptMs);
  }

  function restart(hung: InnerKernel): void {
    current = null;
    const waiting = hung.fail("Interrupted", restarted);
    hung.close();
    kernel = startKernel();
    kernel.then((next) => waiting.forEach(next.request), failed);
  }

  function shutdown(request: Message): void {
    closing = true;
    const isRestart = request.content.restart === true;
    toFront("control", createMessage("shutdown_reply", { status: "ok", restart: isRestart }, request.header));
    current?.shutdown(isRestart);
    setTimeout(() => end(0), current ? shutdownMs : 0);
  }

  function failed(error: Error): void {
    if (!ended) console.error(error.message);
    end(1);
  }

  function end(code: number): void {
    if (ended) return;
    ended = closing = true;
    life.abort();
    // A kernel that is still starting settles once its process is gone.
    Promise.allSettled([kernel, new Promise((resolve) => setTimeout(resolve, flushMs))]).then(() => {
      for (const socket of [...Object.values(sockets), heartbeat]) socket.close();
      onEnd(code);
    });
  }

  return { end };
}

if (import.meta.main) {
  if (Deno.args.length !== 1) {
    console.error("Cannot start kernel proxy as a connection file must be given: deno run -A kernel_proxy.ts CONNECTION_FILE");
    Deno.exit(2);
  }
  const connection = JSON.parse(Deno.readTextFileSync(Deno.args[0]));
  const proxy = serveKernel({ connection, deno: Deno.execPath(), onEnd: Deno.exit });
  Deno.addSignalListener("SIGINT", () => {}); // Ctrl-C in the front end's terminal is the front end's: it interrupts by message
  if (Deno.build.os !== "windows") Deno.addSignalListener("SIGTERM", () => proxy.end(143));
  const parent = Deno.ppid;
  const isParentJupyter = Deno.env.get("JPY_PARENT_PID") === String(parent);
  if (isParentJupyter) setInterval(() => Deno.ppid !== parent && proxy.end(1), 2000); // the front end was killed
}
