/** Python virtual environments in the cache folder, made once from a list of pinned packages. */
import { createHash } from "node:crypto";
import { access, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { AssetError, diskFull, explainFileError } from "../assets/error.ts";
import type { Environment } from "../assets/manifest.ts";
import { lastLine, runProgram, saysDiskFull } from "../assets/pip.ts";
import { cacheFolder } from "../assets/place.ts";

export interface PythonEnvironment {
  folder: string;
  /** The environment's own interpreter. */
  python: string;
}

const stampName = "complete"; // written last: a folder without it is half-made, and is made anew
const ready = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))";

/**
 * The environment `name` with the packages of a requirements file; other requirements are another folder. `action` begins messages,
 * `otherwise` says what helps where there is no Python.
 */
export async function pythonEnvironment(
  name: string,
  requirements: string,
  action: string,
  { environment = process.env, onInstall = () => {}, otherwise }: { environment?: Environment; onInstall?: () => void; otherwise?: string } = {},
): Promise<PythonEnvironment> {
  const digest = createHash("sha256").update(await readFile(requirements)).digest("hex").slice(0, 8);
  const cache = cacheFolder(environment), folder = join(cache, `${name}-${digest}`);
  const python = process.platform === "win32" ? join(folder, "Scripts", "python.exe") : join(folder, "bin", "python");
  // Python too: a link to one that may be gone.
  const isMade = () => Promise.all([join(folder, stampName), python].map((path) => access(path))).then(() => true, () => false);
  if (await isMade()) return { folder, python };

  const base = await findPython(environment);
  if (!base) {
    const remedy = `Install Python with both (Debian, Ubuntu: apt install python3-venv)${otherwise ? `, or ${otherwise}` : ""}`;
    throw new AssetError(`Cannot ${action} as Python 3.10 or newer with venv and pip must be on PATH: none found. ${remedy}`);
  }
  onInstall();
  const run = async (command: readonly string[]) => {
    const { success, output } = await runProgram(command, environment);
    if (!success) throw explain(output, action, folder);
  };
  try {
    await mkdir(cache, { recursive: true });
    using _lock = await lockFile(`${folder}.lock`);
    if (await isMade()) return { folder, python }; // by another process, meanwhile
    try {
      await rm(folder, { recursive: true, force: true });
      await run([base, "-m", "venv", folder]);
      await run([python, "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--requirement", requirements]);
      await writeFile(join(folder, stampName), "");
    } catch (error) {
      await rm(folder, { recursive: true, force: true }).catch(() => {});
      throw error;
    }
  } catch (error) {
    throw explainFileError(error, action, cache);
  }
  return { folder, python };
}

/**
 * Waits until nobody else holds the lock, and holds it until disposed. It is the system's, which takes it from a process that dies. The
 * empty file stays: were it removed, one process could hold the removed file's lock and another one a new file's.
 */
async function lockFile(path: string): Promise<Disposable> {
  const file = await Deno.open(path, { write: true, create: true });
  await file.lock(true).catch(() => {}); // a file system without locks: only starting twice at once is not guarded there
  return file;
}

/** The first Python on PATH that can make an environment. */
export async function findPython(environment: Environment = process.env): Promise<string | null> {
  for (const command of ["python3", "python"]) {
    const answer = await runProgram([command, "-c", ready], environment).catch(() => null);
    if (answer?.success) return command;
  }
  return null;
}

/** What pip or venv said, as one sentence. */
function explain(output: string, action: string, folder: string): AssetError {
  if (saysDiskFull(output)) return diskFull(action, folder);
  const sentence = `Cannot ${action} as pip must install its packages: ${lastLine(output)}`;
  return new AssetError(`${sentence}. Check the network and pip's settings, then try again`);
}
