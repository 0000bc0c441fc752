/**
 * The four ZeroMQ sockets that Jupyter needs, over the runtime's own TCP and Unix sockets (ZMTP 3.0, RFC 23/ZMTP, mechanism NULL): DEALER and
 * SUB connect, ROUTER and PUB bind. Written out because the native addon, under Deno, is not always woken by a message, and ends the whole
 * process when a closed socket is collected.
 */

export type Frames = Uint8Array[];
/** The address in Jupyter's form: `tcp://127.0.0.1:5555` or `ipc:///path`. */
type Address = string;

export interface Connecting {
  send(frames: Frames): void;
  close(): void;
}

export interface Bound {
  /** ROUTER: to the peer whose identity is the first frame. PUB: to all who subscribed to a prefix of the first frame. */
  send(frames: Frames): void;
  close(): void;
}

const MORE = 1, LONG = 2, COMMAND = 4; // flags of a frame
const retryMs = 20; // between attempts to connect to somebody who is still starting
const encoder = new TextEncoder(), decoder = new TextDecoder();

interface Peer {
  identity: Uint8Array;
  send(frames: Frames): void;
  messages(): AsyncGenerator<Frames>;
  close(): void;
}

/** A DEALER, or a SUB that hears everything. Tries until the other side is there; what is sent before waits. */
export function connect(type: "DEALER" | "SUB", address: Address, onMessage: (frames: Frames) => void, identity = ""): Connecting {
  let peer: Peer | null = null, closed = false;
  const early: Frames[] = type === "SUB" ? [[new Uint8Array([1])]] : []; // a SUB begins with its subscription: 1, then an empty prefix
  (async () => {
    while (!closed && !peer) peer = await meet(address, type, identity) ?? await new Promise((resolve) => setTimeout(() => resolve(null), retryMs));
    if (!peer) return;
    if (closed) return peer.close();
    for (const frames of early.splice(0)) peer.send(frames);
    for await (const frames of peer.messages()) if (!closed) onMessage(frames);
  })();
  return {
    send: (frames) => peer ? peer.send(frames) : void early.push(frames),
    close() {
      closed = true;
      peer?.close();
    },
  };
}

/** A ROUTER, which puts the sender's identity before a message and takes it from there, or a PUB, to which nobody writes. */
export function bind(type: "ROUTER" | "PUB", address: Address, onMessage: (frames: Frames) => void = () => {}): Bound {
  const listener = Deno.listen(placeOf(address) as Deno.TcpListenOptions);
  const peers = new Map<string, Peer>(), prefixes = new Map<Peer, Set<string>>();
  let count = 0;
  const serve = async (connection: Deno.Conn) => {
    const peer = await shakeHands(connection, type, "").catch(() => (connection.close(), null)); // it was gone before it was heard
    if (!peer) return;
    const identity = peer.identity.length > 0 ? peer.identity : new Uint8Array([0, ...encoder.encode(String(++count))]); // a leading 0 is ours
    peers.set(latin(identity), peer);
    prefixes.set(peer, new Set());
    for await (const frames of peer.messages()) {
      if (type === "ROUTER") onMessage([identity, ...frames]);
      else if (frames[0][0] === 1) prefixes.get(peer)?.add(latin(frames[0].subarray(1)));
      else prefixes.get(peer)?.delete(latin(frames[0].subarray(1)));
    }
    prefixes.delete(peer);
    if (peers.get(latin(identity)) === peer) peers.delete(latin(identity)); // unless it has come back in the meantime
  };
  (async () => {
    for await (const connection of listener) serve(connection);
  })();
  return {
    send(frames) {
      if (type === "ROUTER") return peers.get(latin(frames[0]))?.send(frames.slice(1));
      const topic = latin(frames[0]);
      for (const [peer, wanted] of prefixes) if ([...wanted].some((prefix) => topic.startsWith(prefix))) peer.send(frames);
    },
    close() {
      listener.close();
      for (const peer of prefixes.keys()) peer.close();
    },
  };
}

function placeOf(address: Address): Deno.ConnectOptions | Deno.UnixConnectOptions {
  if (address.startsWith("ipc://")) return { transport: "unix", path: address.slice("ipc://".length) };
  const { hostname, port } = new URL(address.replace(/^tcp:/, "http:"));
  return { transport: "tcp", hostname: hostname === "*" ? "0.0.0.0" : hostname, port: Number(port || 80) }; // URL drops http's own port
}

async function meet(address: Address, type: string, identity: string): Promise<Peer | null> {
  const connection = await Deno.connect(placeOf(address) as Deno.ConnectOptions).catch(() => null);
  return connection && await shakeHands(connection, type, identity);
}

/** Greeting and READY, both ways; null where the other side is gone or speaks something else. */
async function shakeHands(connection: Deno.Conn, type: string, identity: string): Promise<Peer | null> {
  if ("setNoDelay" in connection) (connection as Deno.TcpConn).setNoDelay(true); // many small messages, each awaited
  const read = createReader(connection), writer = connection.writable.getWriter();
  const write = (bytes: Uint8Array) => void writer.write(bytes).catch(() => {}); // a peer that has gone hears nothing
  const close = () => void writer.abort().catch(() => {});
  write(greeting());
  const theirs = await read(64);
  if (!theirs || theirs[0] !== 0xff || theirs[9] !== 0x7f || theirs[10] < 3 || decoder.decode(theirs.subarray(12, 16)) !== "NULL") {
    return close(), null;
  }
  write(readyCommand({ "Socket-Type": type, Identity: identity }));
  const ready = await readFrame(read);
  if (!ready || !(ready.flags & COMMAND) || commandName(ready.body) !== "READY") return close(), null;
  const properties = propertiesOf(ready.body);
  if (!properties) return close(), null;
  const { Identity = new Uint8Array() } = properties;

  async function* messages(): AsyncGenerator<Frames> {
    let frames: Frames = [];
    for (let frame = await readFrame(read); frame; frame = await readFrame(read)) {
      if (frame.flags & COMMAND) {
        if (commandName(frame.body) === "PING") write(encodeFrame(COMMAND, bytesOf([4], encoder.encode("PONG"), frame.body.subarray(7)))); // 7: name, lifetime
        continue;
      }
      frames.push(frame.body);
      if (frame.flags & MORE) continue;
      yield frames;
      frames = [];
    }
    close();
  }

  const send = (frames: Frames) => write(bytesOf(...frames.map((frame, index) => encodeFrame(index < frames.length - 1 ? MORE : 0, frame))));
  return { identity: Identity, send, messages, close };
}

function greeting(): Uint8Array {
  const bytes = new Uint8Array(64);
  bytes.set([0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 3, 0]); // signature, version 3.0
  bytes.set(encoder.encode("NULL"), 12);
  return bytes;
}

function readyCommand(properties: Record<string, string>): Uint8Array {
  const parts = Object.entries(properties).map(([name, value]) =>
    bytesOf([name.length], encoder.encode(name), size(value.length, 4), encoder.encode(value))
  );
  return encodeFrame(COMMAND, bytesOf([5], encoder.encode("READY"), ...parts));
}

/** The properties that a READY command lists; null where a length points beyond its end. */
function propertiesOf(body: Uint8Array): Record<string, Uint8Array> | null {
  const properties: Record<string, Uint8Array> = {}, view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  for (let at = 1 + body[0]; at < body.length;) {
    const nameEnd = at + 1 + body[at];
    if (nameEnd + 4 > body.length) return null;
    const valueEnd = nameEnd + 4 + view.getUint32(nameEnd);
    if (valueEnd > body.length) return null;
    properties[decoder.decode(body.subarray(at + 1, nameEnd))] = body.slice(nameEnd + 4, valueEnd);
    at = valueEnd;
  }
  return properties;
}

function commandName(body: Uint8Array): string {
  return decoder.decode(body.subarray(1, 1 + body[0]));
}

function encodeFrame(flags: number, body: Uint8Array): Uint8Array {
  return body.length < 256 ? bytesOf([flags, body.length], body) : bytesOf([flags | LONG], size(body.length, 8), body);
}

type Read = (count: number) => Promise<Uint8Array | null>;

async function readFrame(read: Read): Promise<{ flags: number; body: Uint8Array } | null> {
  const flags = (await read(1))?.[0];
  if (flags === undefined) return null;
  const length = await read(flags & LONG ? 8 : 1);
  const body = length && await read(length.reduce((sum, byte) => sum * 256 + byte, 0));
  return body && { flags, body };
}

/** Exactly `count` bytes at a time, or null at the end. */
function createReader(connection: Deno.Conn): Read {
  const source = connection.readable.getReader();
  let chunks: Uint8Array[] = [], held = 0;
  return async (count) => {
    while (held < count) {
      const { value } = await source.read().catch(() => ({ value: undefined }));
      if (!value) return null;
      chunks.push(value);
      held += value.length;
    }
    const all = chunks.length === 1 ? chunks[0] : bytesOf(...chunks);
    chunks = [all.subarray(count)];
    held -= count;
    return all.subarray(0, count);
  };
}

/** A big-endian number in `width` bytes. */
function size(value: number, width: 4 | 8): Uint8Array {
  const bytes = new Uint8Array(width), view = new DataView(bytes.buffer);
  if (width === 4) view.setUint32(0, value);
  else view.setBigUint64(0, BigInt(value));
  return bytes;
}

function bytesOf(...parts: (Uint8Array | number[])[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Bytes as a string that can be a key. */
function latin(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""); // not spread: too many arguments overflow the stack
}
