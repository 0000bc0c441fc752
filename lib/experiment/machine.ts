/** Where and with what a run was made. */
import { cpus } from "node:os";
import process from "node:process";

export interface Machine {
  readonly finishedAt: string;
  readonly commit: string | null;
  readonly platform: string;
  readonly cpu: string;
  /** Of this process so far. */
  readonly peakMemoryBytes: number;
}

export async function describeMachine(): Promise<Machine> {
  return {
    finishedAt: new Date().toISOString(),
    commit: await currentCommit(),
    platform: `${Deno.build.os} ${Deno.build.arch}`,
    cpu: `${cpus()[0]?.model.trim() ?? "unknown"} (${cpus().length} cores)`,
    peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
  };
}

/** The commit of the project's folder, with "+" when files differ from it; null outside a repository or without git. */
async function currentCommit(): Promise<string | null> {
  const git = async (...args: string[]) => {
    const { success, stdout } = await new Deno.Command("git", { args, cwd: import.meta.dirname, stdout: "piped", stderr: "null" }).output();
    if (!success) throw new Error("not a repository");
    return new TextDecoder().decode(stdout).trim();
  };
  try {
    return await git("rev-parse", "HEAD") + (await git("status", "--porcelain", "--untracked-files=no") ? "+" : "");
  } catch {
    return null;
  }
}
