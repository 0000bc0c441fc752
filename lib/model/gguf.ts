/**
 * GGUF, the file format of llama.cpp: metadata (which @huggingface/gguf reads) and tensors, most of them in blocks of few bits. A tensor is
 * read when it is asked for, so that no more of a model than needed is in memory.
 */
import { sizeOf } from "../math/size.ts";
import { gguf } from "@huggingface/gguf";
import { type BlockType, blockTypes, dequantise } from "./gguf_blocks.ts";
import type { StoredTensor } from "./safetensors.ts";

export interface GgufFile {
  /** Everything but the tensors, by llama.cpp's names: "llama.block_count", "tokenizer.ggml.tokens". */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Names of the tensors, in the file's order. */
  readonly names: readonly string[];
  /** One tensor in float32. Its shape is PyTorch's, [out, in]: the file has the sizes the other way round. */
  tensor(name: string): StoredTensor;
}

interface Place {
  readonly type: BlockType;
  readonly shape: readonly number[];
  readonly from: number; // bytes from the file's start
  readonly to: number;
}

/** Reads a file's head; its tensors stay where they are. A damaged one is a SyntaxError. */
export async function openGguf(path: string): Promise<GgufFile> {
  const { size } = await Deno.stat(path),
    fail = (what: string): never => {
      throw new SyntaxError(`Cannot read ${path} as ${what}. Is the file damaged? Delete it and run the command again`);
    };
  const { metadata, tensorInfos, tensorDataOffset } = await gguf(path, { allowLocalFile: true }).catch((error) =>
    fail(`it must begin as a GGUF file does: ${error.message}`)
  );
  const places = new Map(tensorInfos.map(({ name, shape, dtype, offset }): [string, Place] => {
    const type = dtype as number as BlockType, sizes = shape.map(Number).reverse(), from = Number(tensorDataOffset) + Number(offset);
    if (!Object.hasOwn(blockTypes, type)) {
      const known = Object.entries(blockTypes).map(([number, { name }]) => `${number} (${name})`).join(", ");
      fail(`tensor "${name}" must be of a known type, one of ${known}: ${dtype}`);
    }
    const { values, bytes: blockBytes } = blockTypes[type], elements = sizeOf(sizes);
    if (!(sizes.length > 0 && sizes[sizes.length - 1] % values === 0)) fail(`rows of tensor "${name}" must be whole blocks of ${values}: [${sizes}]`);
    const to = from + elements / values * blockBytes;
    if (!(0 <= from && to <= size)) fail(`tensor "${name}" must lie inside the file's ${size} bytes: ${from} to ${to}`);
    return [name, { type, shape: sizes, from, to }];
  }));
  return {
    metadata: metadata as unknown as GgufFile["metadata"],
    names: [...places.keys()],
    tensor(name) {
      const place = places.get(name);
      if (!place) throw new TypeError(`Cannot read ${path} as it must have the tensor "${name}": it is missing`);
      return { shape: place.shape, data: dequantise(place.type, readPart(path, place)) };
    },
  };
}

function readPart(path: string, { from, to }: Pick<Place, "from" | "to">): Uint8Array<ArrayBuffer> {
  using file = Deno.openSync(path);
  file.seekSync(from, Deno.SeekMode.Start);
  const part = new Uint8Array(to - from);
  for (let at = 0; at < part.length;) {
    const read = file.readSync(part.subarray(at));
    if (read === null) throw new SyntaxError(`Cannot read ${path} as it must be as long as when it was opened: it has become shorter`);
    at += read;
  }
  return part;
}
