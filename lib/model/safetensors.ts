/** The safetensors format: an 8-byte header length, a JSON header, raw tensors. Every number in the header is checked before use. */
import { sizeOf } from "../math/size.ts";
import { createHash } from "node:crypto";

export interface StoredTensor {
  readonly shape: readonly number[];
  /** Row-major values; F16 and BF16 are widened, F64 narrowed. */
  readonly data: Float32Array;
}

export interface SafetensorsFile {
  readonly tensors: Map<string, StoredTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

const bytesPer: Record<string, number> = { F64: 8, F32: 4, F16: 2, BF16: 2, I64: 8, I32: 4, U8: 1, BOOL: 1 };
const maximumHeaderBytes = 100_000_000; // the format's own limit

/**
 * Parses a safetensors file. Integer tensors (position ids of old checkpoints) are left out.
 * @param bytes the whole file
 * @param source how errors name it
 */
export function parseSafetensors(bytes: Uint8Array<ArrayBuffer>, source: string): SafetensorsFile {
  const fail = (what: string): never => {
    throw new SyntaxError(`Cannot read ${source} as ${what}. Is the file damaged? Delete it and run the command again`);
  };
  if (bytes.length < 8) fail(`a safetensors file has at least 8 bytes: ${bytes.length}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = Number(view.getBigUint64(0, true));
  if (!(headerLength <= maximumHeaderBytes && 8 + headerLength <= bytes.length)) {
    fail(`its header must fit in ${bytes.length} bytes: ${headerLength}`);
  }
  let header: Record<string, unknown> = {};
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(8, 8 + headerLength)));
  } catch (error) {
    fail(`its header must be JSON: ${(error as Error).message}`);
  }
  if (!isObject(header)) fail(`its header must be an object: ${JSON.stringify(header)}`);
  const metadata = header.__metadata__ ?? {};
  if (!isObject(metadata) || Object.values(metadata).some((value) => typeof value !== "string")) {
    fail(`its metadata must be strings by name: ${JSON.stringify(metadata)}`);
  }
  const start = 8 + headerLength, tensors = new Map<string, StoredTensor>(), ranges: [number, number][] = [];
  for (const [name, entry] of Object.entries(header)) {
    if (name === "__metadata__") continue;
    const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as { dtype?: string; shape?: number[]; data_offsets?: number[] };
    if (typeof dtype !== "string" || !Array.isArray(shape) || !Array.isArray(offsets) || offsets.length !== 2) {
      return fail(`tensor "${name}" must have dtype, shape and data_offsets: ${JSON.stringify(entry)}`);
    }
    if (!Object.hasOwn(bytesPer, dtype)) fail(`tensor "${name}" must have a known dtype (${Object.keys(bytesPer).join(", ")}): ${dtype}`);
    const width = bytesPer[dtype];
    if (!shape.every((size) => Number.isSafeInteger(size) && size >= 0)) fail(`tensor "${name}" must have whole sizes: [${shape}]`);
    const [from, to] = offsets, elements = sizeOf(shape);
    if (!(offsets.every(Number.isSafeInteger) && 0 <= from && from <= to && start + to <= bytes.length)) {
      fail(`tensor "${name}" must lie inside the file: bytes ${from} to ${to}`);
    }
    if (to - from !== elements * width) fail(`tensor "${name}" of shape [${shape}] must take ${elements * width} bytes: ${to - from}`);
    ranges.push([from, to]);
    const raw = bytes.buffer.slice(bytes.byteOffset + start + from, bytes.byteOffset + start + to); // a copy: aligned
    const data = toFloat32(dtype, raw);
    if (data) tensors.set(name, { shape, data });
  }
  const end = ranges.sort(([a, b], [c, d]) => a - c || b - d).reduce((at, [from, to]) => from === at ? to : NaN, 0);
  if (start + end !== bytes.length) fail(`its tensors must fill the ${bytes.length - start} bytes behind the header without gap or overlap`);
  return { tensors, metadata: metadata as Record<string, string> };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function toFloat32(dtype: string, raw: ArrayBuffer): Float32Array | null {
  switch (dtype) {
    case "F32":
      return new Float32Array(raw);
    case "F64":
      return Float32Array.from(new Float64Array(raw));
    case "F16":
      return Float32Array.from(new Float16Array(raw));
    case "BF16":
      return new Float32Array(Uint32Array.from(new Uint16Array(raw), (bits) => bits << 16).buffer);
    default:
      return null;
  }
}

/** A safetensors file of float32 tensors, in name order. `metadata` values are strings, as the format asks. */
export function formatSafetensors(tensors: ReadonlyMap<string, StoredTensor>, metadata: Record<string, string> = {}): Uint8Array<ArrayBuffer> {
  const parts = [...safetensorsParts(tensors, metadata)], bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** The same file piece by piece: the header, then the tensors as they lie in memory, for who writes many and wants no copy of all. */
export function* safetensorsParts(
  tensors: ReadonlyMap<string, StoredTensor>,
  metadata: Record<string, string> = {},
): Generator<Uint8Array<ArrayBuffer>> {
  const header: Record<string, unknown> = { __metadata__: metadata };
  const names = [...tensors.keys()].sort();
  let at = 0;
  for (const name of names) {
    const { shape, data } = tensors.get(name)!;
    header[name] = { dtype: "F32", shape, data_offsets: [at, at += data.byteLength] };
  }
  let text = new TextEncoder().encode(JSON.stringify(header));
  const padding = (8 - text.length % 8) % 8; // tensors start 8-byte aligned
  if (padding) text = new TextEncoder().encode(JSON.stringify(header) + " ".repeat(padding));
  const head = new Uint8Array(8 + text.length);
  new DataView(head.buffer).setBigUint64(0, BigInt(text.length), true);
  head.set(text, 8);
  yield head;
  for (const name of names) {
    const { data } = tensors.get(name)!;
    if (data.length) yield new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
  }
}

/**
 * Gives the tensor's memory back at once; it cannot be read again. The garbage collector sees a small object, and lets the megabytes behind
 * it wait.
 */
export function freeTensor({ data }: Pick<StoredTensor, "data">): void {
  (data.buffer as ArrayBuffer).transfer(0);
}

/** The same of each. */
export function freeTensors(tensors: ReadonlyMap<string, StoredTensor>): void {
  for (const tensor of tensors.values()) freeTensor(tensor);
}

/** SHA-256 over names, shapes and values, in name order. */
export function digestTensors(tensors: ReadonlyMap<string, StoredTensor>): string {
  const hash = createHash("sha256");
  for (const name of [...tensors.keys()].sort()) {
    const { shape, data } = tensors.get(name)!;
    hash.update(`${name}[${shape}]`).update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest("hex");
}
