/** JupyterLab on the notebooks, with our kernel, from a virtual environment of its own. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { writeKernelspec } from "./kernelspec.ts";
import { pythonEnvironment } from "./python_environment.ts";

export interface LabOptions {
  /** The first port to try; without one, JupyterLab's own choice (8888, or the next free one). */
  port?: number;
  /** Whether to open a browser. */
  open?: boolean;
  /** The folder that JupyterLab shows. */
  notebooks?: string;
  /** Called before JupyterLab is installed: the first start takes a minute. */
  onInstall?: () => void;
  /** Further arguments for `jupyter lab`. */
  args?: string[];
}

/** What JupyterLab would ask or fetch at its start, switched off: nothing of ours needs the network here. */
const settings = {
  "@jupyterlab/apputils-extension:notification": { fetchNews: "false", checkForUpdates: false },
  "@jupyterlab/extensionmanager-extension:plugin": { enabled: false },
};

/** Starts JupyterLab in the foreground; resolves to its exit code when it ends. Ctrl-C and a termination signal are JupyterLab's to handle. */
export async function startLab(options: LabOptions = {}): Promise<number> {
  const { port, open = true, notebooks = fileURLToPath(new URL("../../notebooks", import.meta.url)), args = [], onInstall } = options;
  const requirements = fileURLToPath(new URL("./lab-requirements.txt", import.meta.url));
  const { folder, python } = await pythonEnvironment("lab", requirements, "start JupyterLab", {
    onInstall,
    otherwise: "open notebooks/ in any Jupyter that you have",
  });
  await writeSettings(folder);
  // Clones share the environment but each has its own proxy: so the kernelspec lives as long as this JupyterLab, beside it.
  const data = await mkdtemp(join(tmpdir(), "lowrank-lab-"));
  try {
    await writeKernelspec(join(data, "kernels"));
    const child = new Deno.Command(python, {
      args: [
        "-m",
        "jupyterlab",
        notebooks,
        ...(port === undefined ? [] : [`--port=${port}`]),
        ...(open ? [] : ["--no-browser"]),
        ...rootArgs(),
        ...args,
      ],
      env: { JUPYTER_PATH: [data, process.env.JUPYTER_PATH].filter(Boolean).join(delimiter) },
    }).spawn();
    return await passSignals(child);
  } finally {
    await rm(data, { recursive: true, force: true });
  }
}

async function writeSettings(environment: string): Promise<void> {
  const folder = join(environment, "share", "jupyter", "lab", "settings");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "overrides.json"), JSON.stringify(settings, null, 2) + "\n");
}

/** JupyterLab refuses to run as root, as in a container, unless it is told to. */
function rootArgs(): string[] {
  return process.getuid?.() === 0 ? ["--allow-root"] : [];
}

/** A terminal sends Ctrl-C to both of us: we only wait. A termination signal comes to us alone, and is handed on. */
async function passSignals(child: Deno.ChildProcess): Promise<number> {
  const wait = () => {}, end = () => child.kill("SIGTERM");
  Deno.addSignalListener("SIGINT", wait);
  if (Deno.build.os !== "windows") Deno.addSignalListener("SIGTERM", end);
  try {
    return (await child.status).code;
  } finally {
    Deno.removeSignalListener("SIGINT", wait);
    if (Deno.build.os !== "windows") Deno.removeSignalListener("SIGTERM", end);
  }
}
