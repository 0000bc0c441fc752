import { strict as assert } from "node:assert";
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kernelEnvironment, writeKernelspec } from "../../lib/report/kernelspec.ts";
import { pythonEnvironment } from "../../lib/report/python_environment.ts";

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "lowrank-test-"));
  try {
    await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A python3 that makes an empty environment whose pip does what `pip` says. */
async function fakePython(folder: string, pip: string): Promise<Record<string, string>> {
  const inner = `#!/bin/sh\\n${pip}\\n`;
  const script = `#!/bin/sh\nif [ "$2" = venv ]; then mkdir -p "$3/bin"; printf '${inner}' > "$3/bin/python"; chmod +x "$3/bin/python"; fi\n`;
  await writeFile(join(folder, "python3"), script);
  await chmod(join(folder, "python3"), 0o755);
  return { PATH: `${folder}:/bin:/usr/bin`, LOWRANK_CACHE: join(folder, "cache") };
}

Deno.test("pythonEnvironment() makes an environment once for a list of requirements", () =>
  inFolder(async (folder) => {
    const environment = await fakePython(folder, `echo made >> ${folder}/log`), requirements = join(folder, "requirements.txt");
    await writeFile(requirements, "a==1\n");
    const first = await pythonEnvironment("lab", requirements, "start", { environment });
    assert.deepEqual(await pythonEnvironment("lab", requirements, "start", { environment }), first);
    await rm(join(first.folder, "complete")); // as an interrupted installation leaves it
    await pythonEnvironment("lab", requirements, "start", { environment });
    assert.equal(await readFile(join(folder, "log"), "utf8"), "made\nmade\n");
    await writeFile(requirements, "a==2\n");
    assert.notEqual((await pythonEnvironment("lab", requirements, "start", { environment })).folder, first.folder);
  }));

Deno.test("pythonEnvironment() twice at once makes one environment, and both end well", () =>
  inFolder(async (folder) => {
    const environment = await fakePython(folder, `sleep 0.2; echo made >> ${folder}/log`), requirements = join(folder, "requirements.txt");
    await writeFile(requirements, "a==1\n");
    const start = () => pythonEnvironment("lab", requirements, "start", { environment });
    const [first, second] = await Promise.all([start(), start()]);
    assert.deepEqual(first, second);
    assert.equal(await readFile(join(folder, "log"), "utf8"), "made\n");
  }));

Deno.test("pythonEnvironment() goes on where a process was killed while it made the environment", () =>
  inFolder(async (folder) => {
    const killsFirst = `[ -e ${folder}/killed ] || { touch ${folder}/killed; kill -9 $PPID; }; echo made >> ${folder}/log`;
    const environment = await fakePython(folder, killsFirst), requirements = join(folder, "requirements.txt");
    await writeFile(requirements, "a==1\n");
    const module = new URL("../../lib/report/python_environment.ts", import.meta.url);
    const script = `import { pythonEnvironment } from "${module}"; await pythonEnvironment("lab", "${requirements}", "start");`;
    const args = ["eval", "--ext=ts", script], output = { stdout: "null", stderr: "null" } as const;
    assert.equal((await new Deno.Command(Deno.execPath(), { args, env: environment, ...output }).output()).signal, "SIGKILL");
    assert.ok((await pythonEnvironment("lab", requirements, "start", { environment })).folder);
  }));

Deno.test("pythonEnvironment() leaves nothing behind when pip fails, and says why", () =>
  inFolder(async (folder) => {
    const requirements = join(folder, "requirements.txt");
    await writeFile(requirements, "a==1\n");
    const fails = async (pip: string) => {
      const environment = await fakePython(folder, pip);
      const failure = await pythonEnvironment("lab", requirements, "start JupyterLab", { environment }).catch((error) => error);
      assert.deepEqual((await readdir(environment.LOWRANK_CACHE)).filter((name) => !name.endsWith(".lock")), []);
      return failure.message;
    };
    assert.equal(
      await fails("echo ERROR: No matching distribution found for a==1 >&2; exit 1"),
      "Cannot start JupyterLab as pip must install its packages: No matching distribution found for a==1. Check the network and pip's settings, then try again",
    );
    assert.match(await fails("echo OSError: [Errno 28] No space left on device; exit 1"), /as the disk must have room for it: no space left/);
  }));

Deno.test("pythonEnvironment() says what to install where there is no Python", () =>
  inFolder(async (folder) => {
    const requirements = join(folder, "requirements.txt");
    await writeFile(requirements, "a==1\n");
    const message = "Cannot start JupyterLab as Python 3.10 or newer with venv and pip must be on PATH: none found. " +
      "Install Python with both (Debian, Ubuntu: apt install python3-venv), or open notebooks/ in any Jupyter that you have";
    const environment = { PATH: folder, LOWRANK_CACHE: folder }, otherwise = "open notebooks/ in any Jupyter that you have";
    await assert.rejects(pythonEnvironment("lab", requirements, "start JupyterLab", { environment, otherwise }), { message });
    await assert.rejects(pythonEnvironment("lab", requirements, "start JupyterLab", { environment }), { message: message.split(", or open")[0] });
  }));

Deno.test("writeKernelspec() has Jupyter start the proxy and interrupt by message", () =>
  inFolder(async (folder) => {
    const path = await writeKernelspec(folder, "/usr/bin/deno");
    assert.equal(path, join(folder, "lowrank", "kernel.json"));
    const { argv, display_name, language, interrupt_mode } = JSON.parse(await readFile(path, "utf8"));
    assert.equal(argv[0], "/usr/bin/deno");
    assert.deepEqual(argv.slice(-1), ["{connection_file}"]);
    assert.match(await readFile(argv.at(-2), "utf8"), /serveKernel/);
    assert.deepEqual([display_name, language, interrupt_mode], ["lowrank-lab (Deno)", "typescript", "message"]);
  }));

Deno.test("kernelEnvironment() leaves a user's own V8 flags", () => {
  assert.equal(kernelEnvironment({}).DENO_V8_FLAGS, "--max-old-space-size=4096");
  assert.equal(kernelEnvironment({ DENO_V8_FLAGS: "--max-old-space-size=9000" }).DENO_V8_FLAGS, "--max-old-space-size=9000");
});
