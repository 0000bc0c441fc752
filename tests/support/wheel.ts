/** A tiny wheel, a source that pins it and a fake pip that delivers it: for tests of everything that downloads, without a network. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { crc32, deflateRawSync } from "node:zlib";
import type { AssetOptions, AssetProgress, Manifest, Source } from "../../lib/assets/manifest.ts";

/** A zip file with deflated entries. */
export function zip(files: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const locals: Buffer[] = [], centrals: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of Object.entries(files)) {
    const path = Buffer.from(name), packed = deflateRawSync(content);
    const common = Buffer.alloc(26); // what a local header and a central one have in common
    common.writeUInt16LE(20, 0); // version needed
    common.writeUInt16LE(8, 4); // deflated
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(path.length, 22);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    const local = Buffer.concat([Buffer.from("PK\x03\x04"), common, path, packed]);
    locals.push(local);
    centrals.push(Buffer.concat([Buffer.from("PK\x01\x02\x14\x00"), common, rest, path]));
    offset += local.length;
  }
  const central = Buffer.concat(centrals), end = Buffer.alloc(22);
  end.write("PK\x05\x06");
  end.writeUInt16LE(centrals.length, 8);
  end.writeUInt16LE(centrals.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, central, end]);
}

export function sha256(content: Uint8Array | string): string {
  return createHash("sha256").update(content).digest("hex");
}

export interface FakeWorld extends AssetOptions {
  readonly root: string;
  readonly cache: string;
  readonly environment: Record<string, string>;
  readonly manifest: Manifest;
  readonly progress: AssetProgress[];
  /** What `cache` holds. */
  cached(): string[];
  /** The arguments of every pip call so far, one line each. */
  pipCalls(): string[];
  /** Replaces the wheel that pip delivers. */
  deliver(wheel: Uint8Array): void;
  /** Replaces what pip does after `--version`: lines of shell; `$dest` is the folder for the wheel. */
  pipDoes(script: string): void;
}

/** Runs `test` with a cache and a pip of its own, both gone afterwards. The source is called `tiny`; its files are those given, below `tiny/`. */
export async function withFakeWorld(
  files: Readonly<Record<string, string>>,
  test: (world: FakeWorld) => Promise<void>,
  source: Partial<Source> = {},
) {
  const root = await Deno.makeTempDir({ prefix: "lowrank-test-" });
  const [cache, bin, wheel, calls] = ["cache", "bin", "tiny-1.0-py3-none-any.whl", "calls"].map((name) => join(root, name));
  const content = Object.entries(files).map(([name, text]) => ({ name, path: `tiny/${name}`, bytes: new TextEncoder().encode(text) }));
  const packed = zip({ "tiny/__init__.py": new Uint8Array(), ...Object.fromEntries(content.map(({ path, bytes }) => [path, bytes])) });
  const pinned = content.map(({ name, path, bytes }) => ({ name, path, bytes: bytes.length, sha256: sha256(bytes) }));
  const tiny: Source = {
    kind: "data",
    about: "a test",
    licence: "MIT",
    environment: "LOWRANK_TINY",
    wheels: [{ platform: "any", package: "tiny", version: "1.0", pip: [], bytes: packed.length, sha256: sha256(packed), files: pinned }],
    ...source,
  };
  const progress: AssetProgress[] = [];
  const world: FakeWorld = {
    root,
    cache,
    environment: { PATH: bin, LOWRANK_CACHE: cache },
    manifest: { tiny },
    progress,
    onProgress: (step) => progress.push(step),
    cached: () => [...Deno.readDirSync(cache)].map((entry) => entry.name),
    pipCalls: () => Deno.readTextFileSync(calls).trim().split("\n").filter(Boolean),
    deliver: (bytes) => Deno.writeFileSync(wheel, bytes),
    pipDoes: (script) => {
      const preamble = [
        "#!/bin/sh",
        "PATH=/usr/bin:/bin",
        'case "$*" in *--version) echo "pip 1.0"; exit 0;; esac',
        `echo "$*" >> '${calls}'`,
        'for argument; do dest="$argument"; done',
      ];
      Deno.writeTextFileSync(join(bin, "python3"), [...preamble, script, ""].join("\n"), { mode: 0o755 });
    },
  };
  try {
    Deno.mkdirSync(bin);
    Deno.mkdirSync(cache);
    Deno.writeTextFileSync(calls, "");
    world.deliver(packed);
    world.pipDoes(`mkdir "$dest" && cp '${wheel}' "$dest/"`);
    await test(world);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}
