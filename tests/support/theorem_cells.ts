/** What must be true of every theorem cell, whichever paper's. */
import assert from "node:assert/strict";
import katex from "katex";
import type { CellDefinition, Check, Form, TheoremCell } from "../../lib/theory/check.ts";
import { computeTheory } from "../../lib/theory/compute.ts";
import { assertClose } from "./close.ts";
import { engineTest } from "./tensorflow.ts";

/** How many checks that name a claim hold, and how many fail. */
export type Tallies = Readonly<Record<string, readonly [holding: number, failing: number]>>;

/** A failing check: its cell, words of what it compares, both sides, and a tolerance in place of 1e-6. */
export type Failing = readonly [cell: string, words: string, measured: number[], expected: number[], tolerance?: number];

export interface Expected {
  readonly tallies: Tallies;
  readonly failing: readonly Failing[];
  /** Cells with draws: computed twice. */
  readonly again: readonly string[];
}

export interface PlacedCheck {
  readonly cell: TheoremCell;
  readonly form: Form;
  readonly check: Check;
}

export const checksOf = (all: readonly TheoremCell[]): PlacedCheck[] =>
  all.flatMap((cell) => cell.steps.flatMap(({ form, checks }) => checks.map((check) => ({ cell, form, check }))));

const named = ({ cell, check: { what, measured, expected } }: PlacedCheck) =>
  `${cell.id}: ${what}: ${measured.slice(0, 8)} | ${expected.slice(0, 8)}`;

/** Registers the tests, under the name of the list, and returns its cells. */
export function testCells(name: string, definitions: readonly CellDefinition[], { tallies, failing, again }: Expected): () => Promise<TheoremCell[]> {
  const cells = () => computeTheory(definitions.map(({ id }) => id), { threads: 2 });

  engineTest(`${name} hold in every shared and corrected line`, async () => {
    assert.deepEqual(checksOf(await cells()).filter(({ form, check }) => form !== "printed" && !check.holds).map(named), []);
  });

  engineTest(`${name} fail in every printed line`, async () => {
    const holding = (await cells()).flatMap(({ id, steps }) =>
      steps.filter(({ form, checks }) => form === "printed" && checks.every(({ holds }) => holds)).map(({ line }) => `${id}: ${line}`)
    );
    assert.deepEqual(holding, []);
  });

  engineTest(`${name} check every line, with finite numbers, and give a counter-example with every failing check`, async () => {
    const all = await cells(), checks = checksOf(all);
    assert.deepEqual(all.flatMap(({ id, steps }) => steps.filter(({ checks }) => checks.length === 0).map(({ line }) => `${id}: ${line}`)), []);
    assert.deepEqual(checks.filter(({ check: { measured, expected } }) => ![...measured, ...expected].every(Number.isFinite)).map(named), []);
    assert.deepEqual(checks.filter(({ check }) => !check.holds && !check.counterExample).map(named), []);
  });

  engineTest(`${name} decide each claim with these checks`, async () => {
    const found: Record<string, [number, number]> = {};
    for (const { check: { claims, holds } } of checksOf(await cells())) for (const claim of claims) (found[claim] ??= [0, 0])[holds ? 0 : 1]++;
    assert.deepEqual(found, tallies);
  });

  engineTest(`${name} have the numbers of the failing lines`, async () => {
    const checks = checksOf(await cells());
    for (const [id, words, measured, expected, tolerance = 1e-6] of failing) {
      const found = checks.filter(({ cell, check }) => cell.id === id && !check.holds && check.what.includes(words));
      assert.equal(found.length, 1, `${id}: ${words}`);
      assertClose([found[0].check.measured, found[0].check.expected], [measured, expected], tolerance, words);
    }
  });

  engineTest(`${name} are written in LaTeX that renders, with no command outside of it`, async () => {
    for (const { id, statement, steps } of await cells()) {
      const lines = steps.flatMap(({ line, checks }) => [line, ...checks.flatMap(({ what, counterExample = "" }) => [what, counterExample])]);
      for (const text of [statement, ...lines]) {
        const parts = text.split("$");
        assert.equal(parts.length % 2, 1, `${id}: ${text}`);
        parts.forEach((part, at) =>
          at % 2 ? katex.renderToString(part, { throwOnError: true, strict: "error" }) : assert(!/[\\^]/.test(part), `${id}: ${text}`)
        );
      }
    }
  });

  engineTest(`${name} give the same numbers at every call`, async () => {
    const first = await cells();
    for (const id of again) assert.deepEqual(definitions.find((cell) => cell.id === id)!.compute(), first.find((cell) => cell.id === id));
  });

  return cells;
}
