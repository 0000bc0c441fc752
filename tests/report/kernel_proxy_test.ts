import { strict as assert } from "node:assert";
import { setTimeout as sleep } from "node:timers/promises";
import { serveKernel } from "../../lib/report/kernel_proxy.ts";
import { addressOf, type Connection, createMessage, encode, type Message, reading } from "../../lib/report/wire.ts";
import { connect } from "../../lib/report/zmtp.ts";

interface FrontEnd {
  /** Sends a request; resolves to its reply. */
  ask(channel: "shell" | "control", type: string, content?: Record<string, unknown>): Promise<Message["content"]>;
  /** Executes code; resolves when it is idle, to its reply and what it showed, in order. */
  execute(code: string): Promise<{ reply: Message["content"]; shown: string[] }>;
  /** The proxy's exit code. */
  ended: Promise<number>;
}

function freeConnection(): Connection {
  const listeners = Array.from({ length: 5 }, () => Deno.listen({ hostname: "127.0.0.1", port: 0 }));
  const [shell_port, control_port, stdin_port, iopub_port, hb_port] = listeners.map(({ addr }) => addr.port);
  for (const listener of listeners) listener.close();
  const place = { ip: "127.0.0.1", transport: "tcp", key: "a key", signature_scheme: "hmac-sha256" };
  return { ...place, shell_port, control_port, stdin_port, iopub_port, hb_port };
}

/** Runs `use` with a small front end on a proxy of its own. Prompts are answered "yes". */
async function withFrontEnd(use: (front: FrontEnd) => Promise<void>): Promise<void> {
  const connection = freeConnection(), { key } = connection;
  const ended = Promise.withResolvers<number>();
  const proxy = serveKernel({ connection, deno: Deno.execPath(), quiet: true, onEnd: ended.resolve });
  const replies = new Map<string, (content: Message["content"]) => void>(), published = new Map<string, (message: Message) => void>();
  const open = (channel: "shell" | "control" | "stdin" | "iopub", take: (message: Message) => void) =>
    connect(channel === "iopub" ? "SUB" : "DEALER", addressOf(connection, channel), reading(key, take), "a front end");
  const takeReply = ({ parent, content }: Message) => replies.get(parent.msg_id!)?.(content);
  const sockets = {
    shell: open("shell", takeReply),
    control: open("control", takeReply),
    stdin: open("stdin", ({ header }) => sockets.stdin.send(encode(createMessage("input_reply", { value: "yes", status: "ok" }, header), key))),
    iopub: open("iopub", (message) => published.get(message.parent.msg_id ?? "")?.(message)),
  };

  function send(channel: "shell" | "control", message: Message): Promise<Message["content"]> {
    sockets[channel].send(encode(message, key));
    return new Promise((resolve) => replies.set(message.header.msg_id, resolve));
  }
  async function execute(code: string) {
    const shown: string[] = [];
    const content = { code, silent: false, store_history: true, user_expressions: {}, allow_stdin: true, stop_on_error: true };
    const message = createMessage("execute_request", content), idle = Promise.withResolvers<void>();
    published.set(message.header.msg_id, ({ header, content }) => {
      if (content.execution_state === "idle") idle.resolve();
      if (header.msg_type === "stream") shown.push(content.text);
      if (header.msg_type === "execute_result") shown.push(content.data["text/plain"]);
      if (header.msg_type === "error") shown.push(`${content.ename}: ${content.evalue}`);
    });
    const [reply] = await Promise.all([send("shell", message), idle.promise]);
    return { reply, shown };
  }
  const ask = (channel: "shell" | "control", type: string, content = {}) => send(channel, createMessage(type, content));
  try {
    assert.equal((await ask("shell", "kernel_info_request")).implementation, "Deno kernel");
    await sleep(50); // for the subscription
    await use({ ask, execute, ended: ended.promise });
  } finally {
    proxy.end(0);
    await ended.promise;
    for (const socket of Object.values(sockets)) socket.close();
  }
}

Deno.test("serveKernel() passes on what cells print, show and ask", () =>
  withFrontEnd(async ({ ask, execute }) => {
    assert.deepEqual((await execute("console.log('one'); 1 + 1")).shown, ["one\n", "2"]);
    assert.deepEqual((await execute("prompt('sure?')")).shown, ['"yes"']);
    const { matches } = await ask("shell", "complete_request", { code: "Deno.pi", cursor_pos: 7 });
    assert.ok(matches.includes("pid"), matches.join());
    assert.equal((await execute("2")).reply.execution_count, 3);
  }));

Deno.test("serveKernel() keeps the outputs of cells sent at once apart", () =>
  withFrontEnd(async ({ execute }) => {
    const cells = Array.from({ length: 20 }, (_, cell) => `for (let i = 0; i < 100; i++) console.log("cell ${cell}");\n"result ${cell}"`);
    const done = await Promise.all(cells.map(execute));
    for (const [cell, { shown }] of done.entries()) {
      assert.deepEqual(shown, [...Array(100).fill(`cell ${cell}\n`), `"result ${cell}"`]);
    }
  }));

Deno.test("serveKernel() gives what a timer prints between cells to the cell that set it", () =>
  withFrontEnd(async ({ execute }) => {
    const { shown } = await execute("setTimeout(() => console.log('late'), 100);\nundefined");
    assert.deepEqual(shown, []);
    await sleep(300);
    assert.deepEqual(shown, ["late\n"]);
    assert.deepEqual((await execute("1")).shown, ["1"]);
  }));

Deno.test("serveKernel() keeps order where a cell has replaced console.log and Deno.jupyter.broadcast", () =>
  withFrontEnd(async ({ execute }) => {
    const { shown } = await execute("console.group();\nconsole.log = () => {};\nDeno.jupyter.broadcast = () => {};\n'replaced'");
    assert.deepEqual(shown, ['"replaced"']);
    assert.deepEqual((await execute("console.error('still here')")).shown, ["  still here\n"]);
  }));

Deno.test("serveKernel() aborts the cells behind a cell that throws, and no later ones", () =>
  withFrontEnd(async ({ execute }) => {
    const [thrown, behind] = await Promise.all(["throw new TypeError('wrong shape')", "console.log('not run')"].map(execute));
    assert.deepEqual(thrown.shown, ["TypeError: wrong shape"]);
    assert.equal(thrown.reply.status, "error");
    assert.deepEqual([behind.reply.status, behind.shown], ["aborted", []]);
    assert.deepEqual((await execute("'next'")).shown, ['"next"']);
  }));

Deno.test("serveKernel() interrupts a computing cell and keeps its variables", () =>
  withFrontEnd(async ({ ask, execute }) => {
    await execute("const kept = 42;");
    const computing = execute("while (true) {}");
    await sleep(100);
    assert.equal((await ask("control", "interrupt_request")).status, "ok");
    assert.deepEqual((await computing).shown, ["Interrupted: the cell was interrupted"]);
    assert.deepEqual((await execute("kept")).shown, ["42"]);
  }));

Deno.test("serveKernel() starts the kernel anew where an interrupted cell was waiting, and says so", () =>
  withFrontEnd(async ({ ask, execute }) => {
    const waiting = execute("await new Promise(() => {})");
    await sleep(100);
    await ask("control", "interrupt_request");
    assert.deepEqual((await waiting).shown, [
      "Interrupted: the cell was waiting, which Deno's kernel cannot interrupt, so the kernel was started anew: run the cells above again",
    ]);
    assert.deepEqual((await execute("'again'")).shown, ['"again"']);
  }));

Deno.test("serveKernel() spares the next cell where nothing runs to be interrupted", () =>
  withFrontEnd(async ({ ask, execute }) => {
    await execute("1");
    await ask("control", "interrupt_request");
    assert.deepEqual((await execute("'spared'")).shown, ['"spared"']);
  }));

Deno.test("serveKernel() tells of the kernel's death in the cell, then ends with code 1", () =>
  withFrontEnd(async ({ execute, ended }) => {
    assert.deepEqual((await execute("Deno.exit(5)")).shown, ["KernelDied: Deno's kernel is gone: it ended with exit code 5"]);
    assert.equal(await ended, 1);
  }));

Deno.test("serveKernel() shuts down on request, also while a cell computes", () =>
  withFrontEnd(async ({ ask, execute, ended }) => {
    const process = Number((await execute("Deno.pid")).shown[0]);
    execute("while (true) {}");
    await sleep(100);
    assert.deepEqual(await ask("control", "shutdown_request", { restart: true }), { status: "ok", restart: true });
    assert.equal(await ended, 0);
    assert.throws(() => Deno.kill(process, "SIGCONT"));
  }));

for (const moment of ["at once", "while the kernel starts"]) {
  Deno.test(`serveKernel() that is shut down ${moment} leaves no child`, async () => {
    const folder = await Deno.makeTempDir(), deno = `${folder}/deno`, pids = `${folder}/pids`;
    const started = () => Deno.readTextFileSync(pids).split("\n").filter(Boolean).map(Number);
    await Deno.writeTextFile(pids, "");
    await Deno.writeTextFile(deno, `#!/bin/sh\necho $$ >> ${pids}\nexec sleep 60\n`, { mode: 0o755 }); // a kernel that never answers
    const connection = freeConnection(), ended = Promise.withResolvers<number>();
    serveKernel({ connection, deno, quiet: true, onEnd: ended.resolve });
    if (moment !== "at once") { while (started().length === 0) await sleep(10); }
    const control = connect("DEALER", addressOf(connection, "control"), () => {});
    control.send(encode(createMessage("shutdown_request", { restart: false }), connection.key));
    assert.equal(await ended.promise, 0);
    control.close();
    for (const pid of started()) assert.throws(() => Deno.kill(pid, "SIGCONT"), `${pid} is alive`);
    await Deno.remove(folder, { recursive: true });
  });
}
