/** The structure that lib/README.md promises, held against the code. */
import assert from "node:assert/strict";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { stampedFiles } from "../lib/claims/kept_theory.ts";
import { codeFiles, type Module, modulesIn, root } from "./support/modules.ts";

const layers = [
  "math",
  "assets",
  "tensor",
  "spectral",
  "data",
  "poison",
  "tokens",
  "model",
  "adapter",
  "train",
  "evaluate",
  "defend",
  "ntk",
  "theory",
  "experiment",
  "claims",
  "figure",
  "report",
  "cli",
];

/** Libraries with one place in the code; what is not listed here is free. */
const fences: { what: string; pattern: RegExp; allowed: readonly string[] }[] = [
  { what: "TensorFlow", pattern: /^npm:@tensorflow\//, allowed: ["lib/tensor/"] },
  { what: "polars", pattern: /^npm:nodejs-polars/, allowed: ["lib/data/", "lib/experiment/frame"] },
  { what: "zod", pattern: /^npm:zod/, allowed: ["lib/experiment/", "lib/claims/"] },
  { what: "vega", pattern: /^npm:vega/, allowed: ["lib/figure/", "lib/report/"] },
  { what: "the tokenizer library", pattern: /^npm:@huggingface\/tokenizers/, allowed: ["lib/tokens/"] },
  { what: "the command line's libraries", pattern: /^npm:(commander|cli-)/, allowed: ["lib/cli/"] },
];

/** What the source may say only in these places. */
const words: { what: string; pattern: RegExp; allowed: readonly string[] }[] = [
  { what: "FFI", pattern: /\bDeno\.dlopen\b/, allowed: ["lib/tensor/"] },
  { what: "Deno's Jupyter interface", pattern: /\bDeno(?: as [^)]*\))?\.jupyter\b/, allowed: ["lib/report/"] },
  { what: "a random number that no seed decides", pattern: /\bMath\.random\b|\btf\.random|\btf\.truncatedNormal|\btf\.multinomial/, allowed: [] },
];

const modules = await modulesIn("lib");
const layerOf = (path: string) => /^lib\/([^/]+)\//.exec(path)?.[1];
const outside = (path: string, allowed: readonly string[]) => !allowed.some((place) => path.startsWith(place));
const withoutComments = ({ source }: Module) => source.replace(/\/\*[\s\S]*?\*\/|(?<!:)\/\/.*/g, "");
const none = (problems: string[]) => assert.deepEqual(problems, []);

Deno.test("lib: the layers are those of lib/README.md, in its order", async () => {
  const table = [...(await Deno.readTextFile(`${root}lib/README.md`)).matchAll(/^\| ([a-z]+) +\|/gm)].map(([, name]) => name);
  assert.deepEqual(table.filter((name) => name !== "layer"), layers);
  none(modules.map(({ path }) => path).filter((path) => path !== "lib/mod.ts" && !layers.includes(layerOf(path)!)));
});

Deno.test("lib: each layer's npm packages are those of lib/README.md", async () => {
  const table = (await Deno.readTextFile(`${root}lib/README.md`)).matchAll(/^\| ([a-z]+) +\|.*\|([^|\n]*)\|$/gm);
  const told = Object.fromEntries(
    [...table].map(([, layer, packages]) => [layer, packages.split(",").map((name) => name.trim()).filter(Boolean).sort()]),
  );
  const used = layers.map((layer) => [layer, [...new Set(modules.filter(({ path }) => layerOf(path) === layer).flatMap(packagesOf))].sort()]);
  const { layer: _, ...rows } = told;
  assert.deepEqual(rows, Object.fromEntries(used));
});

/** The packages that a module imports, and those of which it embeds a file. */
function packagesOf({ imports, source }: Module): string[] {
  const named = imports.flatMap((target) => /^npm:((?:@[^/]+\/)?[^/@]+)/.exec(target)?.[1] ?? []);
  const embedded = [...source.matchAll(/\bpackageFile\("([^"]+)"/g)].map(([, name]) => name);
  return [...named, ...embedded].filter((name) => !name.startsWith("@types/"));
}

Deno.test("lib: a file imports from its own folder, folders above it, npm and node, types included", () => {
  none(
    modules.filter(({ path }) => path !== "lib/mod.ts").flatMap(({ path, imports }) =>
      imports.filter((target) => !allowedImport(layerOf(path)!, target)).map((target) => `${path} imports ${target}`)
    ),
  );
});

function allowedImport(from: string, target: string): boolean {
  if (/^(npm|node):/.test(target)) return true;
  if (target.startsWith("data/") && target.endsWith(".json")) return true; // manifests and published curves are data, not code
  const to = layerOf(target);
  return to !== undefined && layers.indexOf(to) <= layers.indexOf(from) && layers.includes(to);
}

Deno.test("lib: no file imports itself through others", () => {
  const graph = new Map(modules.map(({ path, imports }) => [path, imports])), done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): string[] => {
    if (trail.includes(path)) return [[...trail.slice(trail.indexOf(path)), path].join(" -> ")];
    if (done.has(path)) return [];
    const cycles = (graph.get(path) ?? []).flatMap((next) => visit(next, [...trail, path]));
    done.add(path);
    return cycles;
  };
  none(modules.flatMap(({ path }) => visit(path, [])));
});

for (const { what, pattern, allowed } of fences) {
  Deno.test(`lib: ${what} stays in ${allowed.join(" and ")}`, () => {
    none(modules.flatMap(({ path, imports }) => imports.filter((target) => pattern.test(target) && outside(path, allowed)).map(() => path)));
  });
}

for (const { what, pattern, allowed } of words) {
  Deno.test(`lib: ${what} ${allowed.length ? `stays in ${allowed.join(" and ")}` : "appears nowhere"}`, () => {
    none(modules.filter((module) => pattern.test(withoutComments(module)) && outside(module.path, allowed)).map(({ path }) => path));
  });
}

Deno.test("lib: kept theorem cells bear the stamp of all that they import, but the engine and what obtains it", async () => {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json", `${root}lib/theory/compute.ts`] }).output();
  const graph = JSON.parse(new TextDecoder().decode(stdout)) as { modules: readonly { readonly specifier: string }[] };
  const files = graph.modules.flatMap(({ specifier }) => specifier.startsWith("file:") ? [relative(root, fileURLToPath(specifier))] : []);
  const stamped = new Set(await stampedFiles());
  assert.ok(files.length > 50, `${files.length} files`);
  none(files.filter((path) => path.startsWith("lib/") && !/^lib\/(assets|tensor)\//.test(path) && !stamped.has(path)));
});

Deno.test("lib: no file is longer than 300 lines", () => {
  none(modules.flatMap(({ path, source }) => {
    const lines = source.trimEnd().split("\n").length;
    return lines > 300 ? [`${path}: ${lines}`] : [];
  }));
});

Deno.test("tests: every test stands in the folder of its layer", async () => {
  const inPlace = new RegExp(`^tests/((${layers.join("|")})/.*|[a-z]+_test\\.ts)$`);
  none((await codeFiles("tests")).filter((path) => path.endsWith("_test.ts") && !inPlace.test(path)));
});
