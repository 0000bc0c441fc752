/** Deno's kernel, started, connected and with its outputs in order: what the kernel proxy and the headless runner stand on. */
import { createCellQueue, firstCode, silentRequest } from "./cell_queue.ts";
import { describeEnd, type Ended, type KernelOptions, startKernelProcess } from "./kernel_process.ts";
import { addressOf, createMessage, encode, type Message, reading } from "./wire.ts";
import { connect } from "./zmtp.ts";

export interface InnerKernelOptions extends KernelOptions {
  /** Takes what the kernel answers and publishes. */
  toFront(channel: "shell" | "control" | "stdin" | "iopub", message: Message): void;
  startTimeoutMs?: number;
  /** Ends the kernel, also one that is still starting. */
  signal?: AbortSignal;
}

export interface InnerKernel {
  /** A shell request; cells run one at a time. */
  request(message: Message): void;
  /** The answer to a prompt. */
  answer(message: Message): void;
  interrupt(): void;
  shutdown(restart: boolean): void;
  /** Ends the running cell with an error, and returns the requests that wait. */
  fail(ename: string, evalue: string): Message[];
  /** The id of the running cell's request. */
  runningId(): string | undefined;
  ended: Promise<Ended>;
  /** Ends the process at once. */
  close(): void;
}

const starts = 3; // a port can be taken between choosing and binding it: the kernel then ends at once, and the next start has others
const defaultStartTimeoutMs = 60_000;
const knockMs = 100; // between two knocks of the handshake

/** Starts the kernel and waits until it answers on all channels. */
export async function startInnerKernel(options: InnerKernelOptions): Promise<InnerKernel> {
  for (let start = 1;; start++) {
    options.signal?.throwIfAborted();
    const { kernel, ready } = await connectKernel(options);
    const why = await ready;
    if (why === null) return kernel;
    kernel.close();
    if (start === starts || !why.includes("exit code")) throw new Error(`Cannot start Deno's Jupyter kernel as it must answer: ${why}`);
  }
}

async function connectKernel({ toFront, startTimeoutMs = defaultStartTimeoutMs, signal, ...options }: InnerKernelOptions) {
  const process = await startKernelProcess(options);
  const { connection } = process, { key } = connection;
  const open = (channel: "shell" | "control" | "stdin" | "iopub", take: (message: Message) => void) =>
    // The kernel addresses a prompt's question to the shell socket's identity: so all sockets have the same one.
    connect(channel === "iopub" ? "SUB" : "DEALER", addressOf(connection, channel), reading(key, take), "lowrank");

  const queue = createCellQueue({ toKernel: (message) => shell.send(encode(message, key)), toFront });
  const shell = open("shell", (message) => knocks.own(message) || queue.reply(message));
  const iopub = open("iopub", (message) => knocks.own(message) || queue.published(message));
  const control = open("control", () => {}); // whoever asks for an interrupt or a shutdown gets the answer from us
  const stdin = open("stdin", (message) => toFront("stdin", message));
  const knocks = startKnocking((message) => shell.send(encode(message, key)));

  const timeout = Promise.withResolvers<string>();
  const timer = setTimeout(() => timeout.resolve(`no answer within ${startTimeoutMs / 1000} s`), startTimeoutMs);
  const ready = Promise.race([knocks.heard.then(() => null), process.ended.then(describeEnd), timeout.promise]).finally(async () => {
    knocks.stop();
    clearTimeout(timer);
    await process.forgetConnectionFile(); // the kernel has read it: nothing stale stays behind
  });
  const kernel: InnerKernel = {
    request: queue.request,
    answer: (message) => stdin.send(encode(message, key)),
    interrupt: () => control.send(encode(createMessage("interrupt_request", {}), key)),
    shutdown: (restart) => control.send(encode(createMessage("shutdown_request", { restart }), key)),
    fail: queue.fail,
    runningId: queue.runningId,
    ended: process.ended,
    close() {
      process.kill();
      for (const socket of [shell, iopub, control, stdin]) socket.close();
    },
  };
  if (signal?.aborted) kernel.close();
  else signal?.addEventListener("abort", kernel.close, { once: true });
  return { kernel, ready };
}

/**
 * The handshake. A subscriber that joins late misses what was published before: so a small silent cell is executed again and again,
 * until its tag comes through, and no cell runs before that.
 */
function startKnocking(send: (message: Message) => void) {
  const tag = "lowrank-knock", ids = new Set<string>(), { promise: heard, resolve } = Promise.withResolvers<void>();
  let answered = true;
  const knock = () => {
    if (!answered) return; // one at a time: the kernel may still be starting
    answered = false;
    const message = silentRequest(firstCode(tag));
    ids.add(message.header.msg_id);
    send(message);
  };
  const timer = setInterval(knock, knockMs);
  knock();
  return {
    heard,
    stop: () => clearInterval(timer),
    /** Whether a message belongs to the handshake, and so to nobody else. */
    own({ header, parent }: Message): boolean {
      if (header.msg_type === "execute_reply" && ids.has(parent.msg_id ?? "")) answered = true;
      if (header.msg_type === tag) resolve();
      return ids.has(parent.msg_id ?? "");
    },
  };
}
