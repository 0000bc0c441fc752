/** The import graph of lib, as Deno sees it. */
import { relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

export const root = fileURLToPath(new URL("../../", import.meta.url));

export interface Module {
  /** Path below the repository, `lib/math/random.ts`. */
  readonly path: string;
  readonly source: string;
  /** Every import, type-only and dynamic ones included: a path below the repository, or `npm:name` or `node:name`. */
  readonly imports: readonly string[];
}

/** The code files below a folder of the repository, sorted. */
export async function codeFiles(folder: string): Promise<string[]> {
  const files: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(`${root}${folder}`)) {
    if (isDirectory) files.push(...await codeFiles(`${folder}/${name}`));
    else if (/\.(ts|mts|js|mjs)$/.test(name)) files.push(`${folder}/${name}`);
  }
  return files.sort();
}

/** All modules below a folder with what they import. */
export async function modulesIn(folder: string): Promise<Module[]> {
  const files = await codeFiles(folder), entry = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(entry, files.map((file) => `import "${pathToFileURL(root + file)}";\n`).join(""));
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["info", "--json", "--config", `${root}deno.json`, entry],
    }).output();
    if (!success) throw new Error(`Cannot read the import graph of ${folder}: ${new TextDecoder().decode(stderr)}`);
    const graph = JSON.parse(new TextDecoder().decode(stdout)) as { modules: GraphModule[] };
    const byPath = new Map(graph.modules.flatMap((module) => module.local ? [[relative(root, module.local), module]] : []));
    return await Promise.all(files.map(async (path) => ({
      path,
      source: await Deno.readTextFile(root + path),
      imports: (byPath.get(path)?.dependencies ?? []).flatMap(({ code, type }) => [code, type]).flatMap((target) => target ? [target.specifier] : [])
        .map((specifier) => specifier.startsWith("file:") ? relative(root, fileURLToPath(specifier)) : specifier.replace(/^npm:\/?/, "npm:")),
    })));
  } finally {
    await Deno.remove(entry);
  }
}

interface GraphModule {
  readonly local?: string;
  readonly dependencies?: readonly { readonly code?: { readonly specifier: string }; readonly type?: { readonly specifier: string } }[];
}
