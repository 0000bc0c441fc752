/** One look at everything that the commands stand on. */
import { statfs } from "node:fs/promises";
import { cpus } from "node:os";
import { delimiter, dirname, join } from "node:path";
import process from "node:process";
import { findAsset, verifyAsset } from "../assets/find.ts";
import { type AssetOptions, manifest, resolveSource } from "../assets/manifest.ts";
import { findPip } from "../assets/pip.ts";
import { cacheFolder } from "../assets/place.ts";
import { precisions } from "../tensor/precision.ts";
import { hasBfloat16, processorFeatures } from "../tensor/processor.ts";
import { findPython } from "../report/python_environment.ts";
import { sentence } from "./errors.ts";
import { bytes } from "./units.ts";

export interface Check {
  readonly name: string;
  /** `missing`: something that a command cannot do without. */
  readonly state: "ok" | "missing" | "optional";
  readonly found: string;
  readonly remedy?: string;
}

export interface CheckOptions extends AssetOptions {
  /** Hash every file instead of trusting sizes and times. */
  readonly full?: boolean;
}

/** The version that everything was measured with, and that the commands in the README name. */
const denoVersion = "2.9.5";
const neededBytes = 2.5e9; // the unpacked library beside its wheel, model, data, a profile's checkpoints

export async function checkAll(options: CheckOptions = {}): Promise<Check[]> {
  const assets = await Promise.all(Object.keys(manifest).map((name) => checkAsset(name, options)));
  return [
    checkDeno(),
    ...assets,
    await checkLibrary(options),
    checkProcessor(),
    ...await checkPrograms(options, assets),
    await checkDisk(options, assets),
  ];
}

function checkDeno(): Check {
  const { deno, typescript } = Deno.version, found = `${deno}, TypeScript ${typescript}, ${Deno.build.os} ${Deno.build.arch}`;
  if (deno === denoVersion) return { name: "Deno", state: "ok", found };
  return { name: "Deno", state: "optional", found, remedy: `Tested with ${denoVersion}: npx -y deno@${denoVersion} task ...` };
}

/** Where an asset is and whether its files are the pinned ones. */
async function checkAsset(name: string, options: CheckOptions): Promise<Check> {
  const { source, wheel } = resolveSource(name, options);
  try {
    const asset = await (options.full ? verifyAsset : findAsset)(name, options);
    if (asset) {
      const verified = asset.origin === "environment" ? `your own, by ${source.environment}` : options.full ? "verified now" : "verified";
      return { name, state: "ok", found: `${asset.folder} (${verified})` };
    }
    const local = `or set ${source.environment} to a folder that holds it`;
    if (!wheel) return { name, state: "missing", found: "not there, and no package for this platform", remedy: `Use another platform, ${local}` };
    return { name, state: "missing", found: "not there", remedy: `deno task reproduce downloads it (${bytes(wheel.bytes)}), ${local}` };
  } catch (error) {
    return { name, state: "missing", found: sentence(error) };
  }
}

/** Opens the library, where there is one. */
async function checkLibrary(options: CheckOptions): Promise<Check> {
  const name = "engine";
  const asset = await findAsset("tensorflow", options).catch(() => null);
  if (!asset) return { name, state: "missing", found: "nothing to open", remedy: "It comes with tensorflow, above" };
  try {
    const { startTensorFlow } = await import("../tensor/backend.ts");
    const { version, threads, devices } = (await startTensorFlow(asset.folder)).library;
    return {
      name,
      state: "ok",
      found: `TensorFlow ${version}, ${threads} threads, ${devices.join(" and ")}, precision ${hasBfloat16() ? precisions.join(" and ") : "f32"}`,
    };
  } catch (error) {
    return { name, state: "missing", found: sentence(error) };
  }
}

/** The instruction sets that matrix products profit from. */
function checkProcessor(): Check {
  const has = processorFeatures();
  const features = has ? has.join(", ") || "no vector extensions" : "instruction sets unknown";
  return { name: "processor", state: "ok", found: `${cpus()[0]?.model.trim() ?? "unknown"}, ${cpus().length} logical cores, ${features}` };
}

async function checkPrograms({ environment = process.env }: CheckOptions, assets: readonly Check[]): Promise<Check[]> {
  const pip = await findPip(environment), python = await findPython(environment), path = environment.PATH;
  const browser = await findProgram(["chromium", "chromium-browser", "google-chrome"], path);
  const program = (name: string, found: string | null | undefined, without: Check["state"], remedy: string): Check =>
    found ? { name, state: "ok", found } : { name, state: without, found: "not there", remedy };
  const pipNeeded = assets.some(({ state }) => state === "missing") ? "missing" : "optional";
  return [
    program("pip", pip?.join(" "), pipNeeded, "Needed to download (Debian, Ubuntu: apt install python3-pip)"),
    program("python with venv", python, "optional", "Only for deno task lab and deno task bench (Debian, Ubuntu: apt install python3-venv)"),
    program("chromium", browser, "optional", "Only for the report's tests in a browser (Debian: apt install chromium)"),
  ];
}

/** The full path of the first of these programs on PATH. */
async function findProgram(names: readonly string[], path = ""): Promise<string | null> {
  for (const candidate of names.flatMap((name) => path.split(delimiter).filter(Boolean).map((folder) => join(folder, name)))) {
    if (await Deno.stat(candidate).then(({ isFile }) => isFile, () => false)) return candidate;
  }
  return null;
}

async function checkDisk({ environment = process.env }: CheckOptions, assets: readonly Check[]): Promise<Check> {
  const cache = cacheFolder(environment), { bavail, bsize } = await statfs(await existing(cache));
  const free = bavail * bsize, found = `${bytes(free)} free for the cache ${cache}`;
  const enough = free >= neededBytes || assets.every(({ state }) => state === "ok");
  return { name: "disk", state: enough ? "ok" : "missing", found, remedy: `Free ${bytes(neededBytes)}, or set LOWRANK_CACHE to a larger disk` };
}

/** The nearest folder above that is there already. */
async function existing(folder: string): Promise<string> {
  return await Deno.stat(folder).then(() => folder, () => dirname(folder) === folder ? folder : existing(dirname(folder)));
}
