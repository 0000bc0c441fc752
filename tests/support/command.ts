/** Runs a program of the repository as a user would. */
import { root } from "./modules.ts";

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export function spawn(program: string, args: readonly string[], env: Record<string, string> = {}): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "-A", "--no-check", `${root}${program}`, ...args],
    cwd: root,
    env: { NO_COLOR: "1", LOWRANK_DEBUG: "", INIT_CWD: root, ...env },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

export async function run(program: string, args: readonly string[], env?: Record<string, string>): Promise<Outcome> {
  return await outcomeOf(spawn(program, args, env));
}

export async function outcomeOf(child: Deno.ChildProcess): Promise<Outcome> {
  const { code, stdout, stderr } = await child.output();
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}
