/** Python virtual environments in the cache folder, made once from a list of pinned packages. Only JupyterLab needs one. */
import { createHash } from "node:crypto";
import { access, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { AssetError, diskFull, explainFileError } from "../assets/error.ts";
import { cacheFolder } from "../assets/place.ts";

export interface PythonEnvironment {
  folder: string;
  /** The environment's own interpreter. */
  python: string;
}

interface Environment {
  [name: string]: string | undefined;
}

const stampName = "complete"; // written last: a folder without it is half-made, and is made anew
const ready = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))";

/** The environment `name` with the packages of a requirements file; other requirements are another folder. `action` begins messages. */
export async function pythonEnvironment(
  name: string,
  requirements: string,
  action: string,
  { environment = process.env, onInstall = () => {} }: { environment?: Environment; onInstall?: () => void } = {},
): Promise<PythonEnvironment> {
  const digest = createHash("sha256").update(await readFile(requirements)).digest("hex").slice(0, 8);
  const cache = cacheFolder(environment), folder = join(cache, `${name}-${digest}`);
  const python = process.platform === "win32" ? join(folder, "Scripts", "python.exe") : join(folder, "bin", "python");
  const isMade = await Promise.all([join(folder, stampName), python].map((path) => access(path))).then(() => true, () => false); // python: a link to one that may be gone
  if (isMade) return { folder, python };

  const base = await findPython(environment);
  if (!base) throw new AssetError(`Cannot ${action} as Python 3.10 or newer with venv and pip must be on PATH: none found. ${remedy}`);
  onInstall();
  try {
    await rm(folder, { recursive: true, force: true });
    await mkdir(cache, { recursive: true });
    const venv = await run([base, "-m", "venv", folder], environment);
    if (!venv.success) throw explain(venv.output, action, folder);
    const pip = await run([python, "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--requirement", requirements], environment);
    if (!pip.success) throw explain(pip.output, action, folder);
    await writeFile(join(folder, stampName), "");
  } catch (error) {
    await rm(folder, { recursive: true, force: true }).catch(() => {});
    throw explainFileError(error, action, cache);
  }
  return { folder, python };
}

const remedy = "Install Python with both (Debian, Ubuntu: apt install python3-venv), or open notebooks/ in any Jupyter that you have";

/** The first Python on PATH that can make an environment. */
export async function findPython(environment: Environment = process.env): Promise<string | null> {
  for (const command of ["python3", "python"]) {
    const answer = await run([command, "-c", ready], environment).catch(() => null);
    if (answer?.success) return command;
  }
  return null;
}

/** What pip or venv said, as one sentence. */
function explain(output: string, action: string, folder: string): AssetError {
  if (/No space left on device|Disk quota exceeded|\[Errno 28\]/.test(output)) return diskFull(action, folder);
  const lines = output.split("\n").map((line) => line.trim()).filter((line) => line && !line.startsWith("[notice]"));
  const last = (lines.findLast((line) => line.startsWith("ERROR:")) ?? lines.at(-1) ?? "it failed without a word").replace(/^ERROR:\s*/, "").replace(
    /\.$/,
    "",
  );
  return new AssetError(`Cannot ${action} as pip must install its packages: ${last}. Check the network and pip's settings, then try again`);
}

async function run([command, ...args]: string[], environment: Environment): Promise<{ success: boolean; output: string }> {
  const env = Object.fromEntries(Object.entries(environment).filter((pair): pair is [string, string] => pair[1] !== undefined));
  const { success, stdout, stderr } = await new Deno.Command(command, { args, env, clearEnv: true, stdin: "null", stdout: "piped", stderr: "piped" })
    .output();
  const decoder = new TextDecoder();
  return { success, output: decoder.decode(stdout) + "\n" + decoder.decode(stderr) };
}
