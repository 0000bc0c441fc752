/**
 * Keeps every output in its own cell. Deno's kernel says that a cell is idle before it has sent all of the cell's output, and stamps
 * what comes late with whatever request is the newest: front ends then lose lines or show them in the wrong cell. So:
 *
 * - one execute request is in the kernel at a time;
 * - after each cell a silent marker is executed, which prints and broadcasts a tag: both of the kernel's output paths are first in,
 *   first out, so when the tag has come through on both, the cell's output has too;
 * - only then do the cell's reply and its `idle` go on to the front end, and output stamped with the marker is given back to the cell.
 *
 * Plain state over messages: no sockets here.
 */
import { createMessage, type Header, type Message } from "./wire.ts";

interface Marker {
  id: string;
  tag: string;
  printed: boolean;
  broadcast: boolean;
  replied: boolean;
  failed: boolean;
  grace?: ReturnType<typeof setTimeout>;
}

interface Cell {
  request: Message;
  reply?: Message;
  idle?: Message;
  showedError: boolean;
  marker?: Marker;
}

export interface Ends {
  toKernel(message: Message): void;
  toFront(channel: "shell" | "iopub", message: Message): void;
  graceMs?: number;
}

const probe = `globalThis[Symbol.for("lowrank.marker")]`;
const tagPrefix = "lowrank-drained-", printedTag = new RegExp(`[ \\t]*(${tagPrefix}[\\w-]{36})\\n?`); // console.group indents
const defaultGraceMs = 1000; // how long a tag that the marker has sent may take; only when a cell has replaced what the marker calls
const markersOwn = ["status", "execute_input", "error"]; // what a marker publishes itself; all else under its name is a cell's
const remembered = 50; // cells whose late output still finds its way home

/**
 * What the kernel executes once, before the first cell: keeps the original output functions for the marker, and ends the kernel when
 * whoever started it is gone, `kill -9` included.
 */
export function firstCode(tag: string): string {
  return `{ const { log } = console, { broadcast } = Deno.jupyter, parent = Deno.ppid;
    ${probe} ??= (tag) => { log(tag); broadcast(tag, {}); };
    globalThis[Symbol.for("lowrank.watch")] ??= setInterval(() => { if (Deno.ppid !== parent) Deno.exit(1); }, 2000);
    ${probe}(${JSON.stringify(tag)}); }\nundefined`;
}

/** A request that leaves no trace: not counted, not in the history. */
export function silentRequest(code: string): Message {
  const content = { code, silent: true, store_history: false, user_expressions: {}, allow_stdin: false, stop_on_error: false };
  return createMessage("execute_request", content);
}

/**
 * The queue between a front end and one kernel. `request` takes the front end's shell messages, `reply` and `published` the kernel's
 * shell and iopub messages; what is to be sent leaves through `toKernel` and `toFront`.
 */
export function createCellQueue({ toKernel, toFront, graceMs = defaultGraceMs }: Ends) {
  const waiting: Message[] = [];
  let running: Cell | null = null;
  const cellOfMarker = new Map<string, Header>(); // marker id -> its cell

  function request(message: Message): void {
    waiting.push(message);
    advance();
  }

  function advance(): void {
    while (!running && waiting.length > 0) {
      const message = waiting.shift()!;
      if (message.header.msg_type === "execute_request") running = { request: message, showedError: false };
      toKernel(message);
    }
  }

  function reply(message: Message): void {
    const of = message.parent.msg_id ?? "";
    if (cellOfMarker.has(of)) {
      if (running?.marker?.id !== of) return;
      running.marker.replied = true;
      running.marker.failed = message.content.status !== "ok"; // interrupted: its tags may never come
      const cell = running;
      running.marker.grace = setTimeout(() => cell === running && finish(cell), graceMs);
      settle();
    } else if (running && of === running.request.header.msg_id) {
      running.reply = message;
      mark();
    } else toFront("shell", message);
  }

  function published(message: Message): void {
    const of = message.parent.msg_id ?? "", type = message.header.msg_type;
    const cell = cellOfMarker.get(of);
    if (tookTag(message)) settle();
    else if (cell) {
      if (!markersOwn.includes(type)) toFront("iopub", { ...message, parent: cell });
    } else if (running && of === running.request.header.msg_id && type === "status" && message.content.execution_state === "idle") {
      running.idle = message;
      mark();
    } else {
      if (running && type === "error") running.showedError = true;
      toFront("iopub", message);
    }
  }

  /** Takes a marker's tag out of what the kernel publishes, and notes it; text that shares a message with it goes to the cell. */
  function tookTag({ header, content, parent, ...rest }: Message): boolean {
    const marker = running?.marker, text = header.msg_type === "stream" ? String(content.text) : "";
    const printed = printedTag.exec(text);
    if (!printed && !header.msg_type.startsWith(tagPrefix)) return false;
    if (marker && header.msg_type === marker.tag) marker.broadcast = true;
    if (marker && printed?.[1] === marker.tag) marker.printed = true;
    const others = printed ? text.replace(printed[0], "") : "";
    const cell = cellOfMarker.get(parent.msg_id ?? "");
    if (others !== "" && cell) toFront("iopub", { ...rest, header, content: { ...content, text: others }, parent: cell });
    return true;
  }

  /** Sends the marker once the kernel has said that the cell is over, on both channels. */
  function mark(): void {
    if (!running?.reply || !running.idle || running.marker) return;
    const tag = tagPrefix + crypto.randomUUID();
    const message = silentRequest(`${probe}(${JSON.stringify(tag)})`);
    running.marker = { id: message.header.msg_id, tag, printed: false, broadcast: false, replied: false, failed: false };
    cellOfMarker.set(running.marker.id, running.request.header);
    for (const old of [...cellOfMarker.keys()].slice(0, -remembered)) cellOfMarker.delete(old);
    toKernel(message);
  }

  function settle(): void {
    const marker = running?.marker;
    if (running && marker?.replied && (marker.failed || (marker.printed && marker.broadcast))) finish(running);
  }

  function finish({ request, reply, idle, showedError, marker }: Cell): void {
    clearTimeout(marker?.grace);
    const failed = reply?.content.status === "error";
    if (reply && failed) Object.assign(reply.content, errorOf(reply.content));
    if (reply && failed && !showedError) toFront("iopub", createMessage("error", errorOf(reply.content), request.header)); // an interrupt shows none
    if (reply) toFront("shell", reply);
    if (idle) toFront("iopub", idle);
    running = null;
    if (failed && request.content.stop_on_error !== false) abortWaiting();
    advance();
  }

  /** "Run All" stops at the first error: what the front end had sent on is answered "aborted", as by other kernels. */
  function abortWaiting(): void {
    const stopped = waiting.filter(({ header }) => header.msg_type === "execute_request");
    waiting.splice(0, waiting.length, ...waiting.filter((message) => !stopped.includes(message)));
    for (const { header } of stopped) {
      toFront("iopub", createMessage("status", { execution_state: "busy" }, header));
      toFront("shell", createMessage("execute_reply", { status: "aborted", execution_count: 0 }, header));
      toFront("iopub", createMessage("status", { execution_state: "idle" }, header));
    }
  }

  /**
   * The kernel is gone: the running cell ends with this error, and no cell that waits will run.
   * Returns the other requests that wait, for the kernel that follows.
   */
  function fail(ename: string, evalue: string): Message[] {
    if (running) {
      const { header } = running.request, error = { ename, evalue, traceback: [`${ename}: ${evalue}`] };
      toFront("iopub", createMessage("error", error, header));
      toFront("shell", createMessage("execute_reply", { status: "error", execution_count: 0, ...error }, header));
      toFront("iopub", createMessage("status", { execution_state: "idle" }, header));
    }
    running = null;
    abortWaiting();
    return waiting.splice(0);
  }

  return { request, reply, published, fail, /** The id of the running cell's request. */ runningId: () => running?.request.header.msg_id };
}

/** Deno's kernel answers an interrupted cell with the empty "Execution failed". */
function errorOf({ ename, evalue, traceback }: Message["content"]): Message["content"] {
  if (evalue !== "Execution failed") return { ename, evalue, traceback };
  return { ename: "Interrupted", evalue: "the cell was interrupted", traceback: ["Interrupted: the cell was interrupted"] };
}
