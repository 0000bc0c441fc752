/**
 * The test command: `deno test` over tests/ with the arguments given (files, --filter, ...), closed by one line that counts,
 * `N passed, N failed`. The counts come from the machine-readable report; a run that leaves none (a type error, a crash) has failed.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Counts the tests of a JUnit report. The report repeats each test's steps as `test > step`; a step is part of its test. */
export function countTests(junit: string): Counts {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const [, suite] of junit.matchAll(/<testsuite [^>]*>([\s\S]*?)<\/testsuite>/g)) {
    const cases = [...suite.matchAll(/<testcase name="([^"]*)"[^>]*>([\s\S]*?)<\/testcase>/g)].map(([, name, body]) => ({ name, body }));
    const names = new Set(cases.map(({ name }) => name));
    const isStep = (name: string) => [...name.matchAll(/ &gt; /g)].some(({ index }) => names.has(name.slice(0, index)));
    for (const { name, body } of cases) {
      if (isStep(name)) continue;
      if (/<(failure|error)\b/.test(body)) counts.failed++;
      else if (/<skipped\b/.test(body)) counts.skipped++;
      else counts.passed++;
    }
  }
  return counts;
}

/** The closing line. An exit code other than 0 without a failed test is one failure: a type error, a module that throws, a crash. */
export function closingLine({ passed, failed }: Counts, exitCode: number): string {
  return `${passed} passed, ${exitCode !== 0 && failed === 0 ? 1 : failed} failed`;
}

/** Runs the tests; resolves to the exit code. */
async function runTests(args: readonly string[]): Promise<number> {
  const root = fileURLToPath(new URL("..", import.meta.url)), folder = await Deno.makeTempDir({ prefix: "lowrank-test-" });
  try {
    const report = join(folder, "junit.xml"), files = args.some((arg) => !arg.startsWith("-") && existsSync(join(root, arg))) ? [] : ["tests/"];
    const child = new Deno.Command(Deno.execPath(), {
      args: ["test", "--allow-all", `--junit-path=${report}`, ...args, ...files],
      cwd: root,
    }).spawn();
    const { code } = await child.status;
    const counts = countTests(await Deno.readTextFile(report).catch(() => ""));
    if (counts.skipped) console.log(`\n${counts.skipped} skipped: what they need is not on this machine`);
    console.log(`\n${closingLine(counts, code)}`);
    return code !== 0 || counts.failed > 0 ? 1 : 0;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const usage = `Usage: deno task test [files] [options]

Runs the tests, all of tests/ or the files given, and closes with \`N passed, N failed\`. What needs the engine, the model or the data
downloads them first; what needs a program that is not there is skipped.

  --filter <text>   only the tests whose name has it
  -h, --help        this text

Other options are those of \`deno test\`.`;

if (import.meta.main) {
  if (Deno.args.some((arg) => arg === "--help" || arg === "-h")) console.log(usage);
  else Deno.exit(await runTests(Deno.args));
}
