/** A notebook's code as one TypeScript module: cells are checked by nothing else before they run. */
import { type CodeCell, type Notebook, textOf } from "./notebook.ts";

const maxLines = 25; // the hard limit; 15 is what a cell should have
const usualLines = 15;

/** All code cells in order, each under a marker with its number. Unused names are exported, so that only real problems are reported. */
export function extractCells(notebook: Notebook): string {
  const sources = codeOf(notebook), names = [...new Set(sources.flatMap(declaredNames))];
  const cells = sources.map((source, index) => `// %% cell ${index + 1}\n${source.trimEnd()}\n`);
  return `${cells.join("\n")}\nexport { ${names.join(", ")} };\n`;
}

/** What in a notebook's cells is against the rules, one sentence each: cells are prose's calls, so that the library can be tested. */
export function checkCells(notebook: Notebook): string[] {
  const problems: string[] = [], declaredIn = new Map<string, number>();
  for (const [index, source] of codeOf(notebook).entries()) {
    const cell = index + 1, lines = source.trim().split("\n").length;
    if (lines > maxLines) problems.push(`cell ${cell} must have at most ${maxLines} lines: ${lines}`);
    const keyword = /\b(function|class)\b/.exec(withoutText(source))?.[1];
    if (keyword) problems.push(`cell ${cell} must call the library instead of defining things: ${keyword}`);
    for (const name of [...declaredNames(source), ...importedNames(source)]) {
      const first = declaredIn.get(name);
      if (first !== undefined) problems.push(`cell ${cell} must not declare a name again: ${name}, declared in cell ${first}`);
      else declaredIn.set(name, cell);
    }
  }
  return problems;
}

/** Cells longer than they should be, but not longer than they may be. */
export function longCells(notebook: Notebook): number[] {
  return codeOf(notebook).flatMap((source, index) => source.trim().split("\n").length > usualLines ? [index + 1] : []);
}

function codeOf(notebook: Notebook): string[] {
  return notebook.cells.filter((cell): cell is CodeCell => cell.cell_type === "code").map((cell) => textOf(cell.source));
}

/** Names declared at the left margin, where formatted code has its top level. */
function declaredNames(source: string): string[] {
  const declarations = withoutText(source).matchAll(/^(?:const|let|var)\s+(\{[^}]*\}|\[[^\]]*\]|[\w$]+)(?:\s*:[^=]+)?\s*=/gm);
  return [...declarations].flatMap(([, target]) => /^[{[]/.test(target) ? patternNames(target) : [target]);
}

/** The names that `{ a, b: c, d = 1, ...e }` or `[a, b]` declares. */
function patternNames(pattern: string): string[] {
  return pattern.slice(1, -1).split(",").map((part) => part.split("=")[0].split(":").at(-1)!.replace("...", "").trim()).filter(Boolean);
}

function importedNames(source: string): string[] {
  const imports = source.matchAll(/^import\s+(?:type\s+)?([^;"']+?)\s+from\s/gm);
  return [...imports].flatMap(([, names]) => names.replace(/[{}]/g, ",").split(","))
    .map((name) => name.trim().split(/\s+as\s+/).at(-1)!.replace(/^type\s+/, "")).filter(Boolean);
}

/** The code without comments and the insides of strings, where a keyword is only a word. */
function withoutText(source: string): string {
  const comment = /\/\/.*|\/\*[\s\S]*?\*\//, text = /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`/;
  return source.replace(new RegExp(`${text.source}|${comment.source}`, "g"), (match) => match.startsWith("/") ? " " : '""');
}
