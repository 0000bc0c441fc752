/**
 * Jupyter messages as frames (Jupyter messaging protocol 5.3, "The wire protocol"):
 * [...identities, "<IDS|MSG>", HMAC signature, header, parent header, metadata, content, ...buffers].
 */
import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";
import type { Frames } from "./zmtp.ts";

export type Channel = "shell" | "control" | "stdin" | "iopub" | "hb";

/** What a connection file holds. */
export type Connection = Record<`${Channel}_port`, number> & { ip: string; transport: string; key: string; signature_scheme: string };

export interface Header {
  msg_id: string;
  msg_type: string;
  session: string;
  username: string;
  date: string;
  version: string;
}

export interface Message {
  /** Who asks, or who is to be answered: only between a front end and the kernel proxy. */
  identities: Frames;
  header: Header;
  parent: Partial<Header>;
  metadata: Record<string, unknown>;
  // deno-lint-ignore no-explicit-any -- a different shape for each message type
  content: any;
  buffers: Frames;
}

const delimiter = "<IDS|MSG>";
const session = randomUUID();
const encoder = new TextEncoder(), decoder = new TextDecoder();

/** The address that a channel's socket binds or connects to. */
export function addressOf(connection: Connection, channel: Channel): string {
  const separator = connection.transport === "ipc" ? "-" : ":"; // ipc has numbered files in the place of ports
  return `${connection.transport}://${connection.ip}${separator}${connection[`${channel}_port`]}`;
}

/** A new message, answering `parent` where there is one. */
export function createMessage(type: string, content: Record<string, unknown>, parent: Partial<Header> = {}): Message {
  const header = { msg_id: randomUUID(), msg_type: type, session, username: "lowrank", date: new Date().toISOString(), version: "5.3" };
  return { identities: [], header, parent, metadata: {}, content, buffers: [] };
}

export function encode({ identities, header, parent, metadata, content, buffers }: Message, key: string): Frames {
  const parts = [header, parent, metadata, content].map((part) => encoder.encode(JSON.stringify(part)));
  return [...identities, encoder.encode(delimiter), encoder.encode(signatureOf(key, parts)), ...parts, ...buffers];
}

/** The message in these frames; throws where they are not one, or not signed with this key. */
export function decode(frames: Frames, key: string): Message {
  const start = frames.findIndex((frame) => frame.length === delimiter.length && decoder.decode(frame) === delimiter);
  if (start < 0 || frames.length < start + 6) {
    throw new TypeError(`Cannot read message as it must have a delimiter and five parts after it: ${frames.length} frames`);
  }
  const parts = frames.slice(start + 2, start + 6), signature = frames[start + 1], expected = encoder.encode(signatureOf(key, parts));
  if (expected.length !== signature.length || !timingSafeEqual(expected, signature)) {
    throw new TypeError("Cannot read message as it must be signed with the connection's key");
  }
  const [header, parent, metadata, content] = parts.map((part) => JSON.parse(decoder.decode(part) || "{}"));
  return { identities: frames.slice(0, start), header, parent: parent ?? {}, metadata, content, buffers: frames.slice(start + 6) };
}

/** The HMAC-SHA-256 of header, parent, metadata and content; an empty key means unsigned messages. */
function signatureOf(key: string, parts: Frames): string {
  if (key === "") return "";
  const hmac = createHmac("sha256", key);
  for (const part of parts) hmac.update(part);
  return hmac.digest("hex");
}

/** Hands readable messages to `take`; an unreadable one is reported and left out, and does not end the kernel. */
export function reading(key: string, take: (message: Message) => void): (frames: Frames) => void {
  return (frames) => {
    try {
      take(decode(frames, key));
    } catch (error) {
      console.error("Message left out:", error);
    }
  };
}
