/** The Python that PyTorch's side runs in: the user's own, or one that is made once in the cache folder. */
import { fileURLToPath } from "node:url";
import { cacheFolder } from "../lib/assets/place.ts";
import { findPython, pythonEnvironment } from "../lib/report/python_environment.ts";

/** Names a Python that has the packages of bench/requirements.txt already. */
const pythonVariable = "LOWRANK_PYTHON_PEER";

const packages = ["torch", "transformers", "peft", "accelerate"]; // accelerate: transformers' Trainer needs it
const remedy = `set ${pythonVariable} to a Python that has ${packages.join(", ")}, or give --no-peer`;

export interface PeerPython {
  readonly python: string;
  /** Of Python and of the packages. */
  readonly versions: Readonly<Record<string, string>>;
}

/** @param say told what takes long */
export async function obtainPeerPython(say: (line: string) => void, own = Deno.env.get(pythonVariable)): Promise<PeerPython> {
  const python = own || await makePython(say);
  return { python, versions: await versionsOf(python) };
}

async function makePython(say: (line: string) => void): Promise<string> {
  if (!await findPython()) {
    throw new Error(
      "Cannot time PyTorch as Python 3.10 or newer with venv and pip must be on PATH: none found. " +
        `Install it (Debian, Ubuntu: apt install python3-venv), ${remedy}`,
    );
  }
  // An environment that is there is found at once; only one in the making is worth a line.
  const slow = setTimeout(() => say(`Installing PyTorch, transformers and PEFT into ${cacheFolder()}: once, up to 6 GB, some minutes`), 2000);
  try {
    return (await pythonEnvironment("bench", fileURLToPath(new URL("./requirements.txt", import.meta.url)), "time PyTorch")).python;
  } finally {
    clearTimeout(slow);
  }
}

async function versionsOf(python: string): Promise<Record<string, string>> {
  const program = `import importlib.metadata as m, json, platform
print(json.dumps({"python": platform.python_version(), **{name: m.version(name) for name in ${JSON.stringify(packages)}}}))`;
  const says = async () => {
    const { success, stdout, stderr } = await new Deno.Command(python, { args: ["-c", program] }).output(); // throws where there is no such file
    if (success) return JSON.parse(new TextDecoder().decode(stdout));
    throw new Error(new TextDecoder().decode(stderr).trim().split("\n").at(-1) || "it fails without a word");
  };
  return await says().catch((error) => {
    throw new Error(`Cannot time PyTorch as ${python} must have ${packages.join(", ")}: ${error.message}. You can ${remedy}`, { cause: error });
  });
}
