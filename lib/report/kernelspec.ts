/** How Jupyter starts our kernel: the proxy that keeps outputs in their cells. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

/** The name that notebooks give in their metadata. */
export const kernelName = "lowrank";
export const kernelTitle = "lowrank-lab (Deno)";

/** What every kernel of ours has in its environment; a user's own DENO_V8_FLAGS goes first. */
export function kernelEnvironment(environment: Record<string, string | undefined> = process.env): Record<string, string> {
  return {
    NO_COLOR: "1", // terminal colours are noise in a notebook and in a report
    DENO_V8_FLAGS: environment.DENO_V8_FLAGS ?? "--max-old-space-size=4096", // MB: the tables of a sweep on top of a model
  };
}

export interface Kernelspec {
  argv: string[];
  display_name: string;
  language: string;
  interrupt_mode: "message";
  env: Record<string, string>;
  metadata: Record<string, unknown>;
}

/** The kernelspec, with `{connection_file}` for Jupyter to fill in. */
export function kernelspec(deno: string): Kernelspec {
  const proxy = fileURLToPath(new URL("./kernel_proxy.ts", import.meta.url));
  return {
    argv: [deno, "run", "--quiet", "--allow-all", "--no-config", "--no-lock", proxy, "{connection_file}"], // the proxy imports nothing from outside
    display_name: kernelTitle,
    language: "typescript",
    interrupt_mode: "message", // by signal, the first interrupt would end Deno's kernel
    env: {}, // the proxy gives the kernel its own (kernelEnvironment)
    metadata: { debugger: false },
  };
}

/** Writes `folder/lowrank/kernel.json`, where `folder` is a `kernels` folder of Jupyter's data path; returns its path. */
export async function writeKernelspec(folder: string, deno: string = Deno.execPath()): Promise<string> {
  const path = join(folder, kernelName, "kernel.json");
  await mkdir(join(folder, kernelName), { recursive: true });
  await writeFile(path, JSON.stringify(kernelspec(deno), null, 2) + "\n");
  return path;
}
