/** `claims`: the ledger in the terminal, from the records at hand. */
import Table from "cli-table3";
import { count } from "../math/count.ts";
import { writeWhole } from "../assets/write_whole.ts";
import type { Paper } from "../experiment/experiments.ts";
import { paperOf, papers } from "../claims/claim.ts";
import { gaps, type LedgerRow, verdictText } from "../claims/ledger.ts";
import { keptTheory } from "../claims/kept_theory.ts";
import { ledgerOf } from "../claims/ledger_of.ts";
import { namedRules, rulesNamedIn } from "../claims/rules/named.ts";
import { verdicts } from "../claims/verdict.ts";
import type { Profile } from "../experiment/profile.ts";
import { profileNamed } from "../experiment/profiles.ts";
import { either, openPublished } from "../experiment/published.ts";
import { openStore } from "../experiment/store.ts";
import { studiesAt } from "../experiment/study_store.ts";
import type { TheoremCell } from "../theory/check.ts";
import { ExitError } from "./errors.ts";
import { theoryAt } from "./theory.ts";

export interface ClaimsOptions {
  readonly profile: string;
  readonly precision?: Profile["precision"];
  /** Only this paper's. */
  readonly paper?: Paper;
  /** Only this section and its parts. */
  readonly section?: string;
  readonly tier?: number;
  /** Only these claims, in full. */
  readonly only?: readonly string[];
  /** Where the rows go as JSON. */
  readonly json?: string;
  readonly outputs: string;
}

/** In place of what lies in the repository, for tests. */
export interface ClaimsSources {
  readonly published?: string;
  readonly theory?: readonly TheoremCell[];
}

export async function claims(options: ClaimsOptions, sources: ClaimsSources = {}): Promise<void> {
  const { outputs, only, json } = options, profile = profileNamed(options.profile, options.precision);
  const source = either(await openStore(outputs, { readOnly: true }), await openPublished(sources.published));
  const theory = sources.theory ?? await keptTheory(outputs, sources.published) ?? await theoryAt({ outputs, compute: true });
  const studies = await studiesAt(outputs, sources.published);
  const all = await ledgerOf({ profile, source, studies, theory }), rows = chosen(all, options);
  if (json) await writeWhole(json, JSON.stringify(rows, null, 1) + "\n");
  console.log(only ? rows.map(inFull).join("\n\n") : tableOf(rows));
  console.log(`\n${summary(rows)}`);
  const missing = gaps(rows);
  if (missing.length > 0) throw new ExitError(1, `No verdict yet: ${missing.map(({ id }) => id).join(", ")}`);
}

function chosen(all: readonly LedgerRow[], { paper, section, tier, only }: ClaimsOptions): LedgerRow[] {
  const rows = all.filter(({ id }) => !paper || paperOf(id) === paper);
  const unknown = only?.find((id) => !rows.some((row) => row.id === id));
  if (unknown) throw new RangeError(`Cannot show a claim as its id must be one of ${rows[0].id} ... ${rows.at(-1)!.id}: ${unknown}`);
  const within = (own: string) => section === undefined || own === section || own.startsWith(`${section}.`);
  const inSection = rows.filter((row) => within(row.section)), distinct = (values: readonly (string | number)[]) => [...new Set(values)].join(", ");
  if (inSection.length === 0) {
    throw new RangeError(`Cannot show claims as the section must be one of ${distinct(rows.map((row) => row.section))}: ${section}`);
  }
  const found = inSection.filter((row) => (tier === undefined || row.tier === tier) && (!only || only.includes(row.id)));
  if (found.length > 0) return found;
  const ids = only ? `, and the id ${only.join(" or ")}` : "";
  throw new RangeError(
    `Cannot show claims as the options must leave some: section ${section ?? "any"} has tier ${
      distinct(inSection.map((row) => row.tier))
    }; asked for was tier ${tier ?? "any"}${ids}`,
  );
}

function tableOf(rows: readonly LedgerRow[]): string {
  const table = new Table({
    head: ["claim", "tier", "what is claimed", "verdict", "ours"],
    style: { head: [], border: [], compact: true },
    colWidths: [12, 6, 62, 30, 36],
    wordWrap: true,
  });
  for (const row of rows) table.push([row.id, row.tier, row.claim, verdictText(row), row.ours]);
  return table.toString();
}

function inFull(row: LedgerRow): string {
  const lines: [string, string | null][] = [
    ["verdict", verdictText(row)],
    ["effect", row.effect],
    ["remarks", row.remarks.join("; ")],
    ["ours", row.ours],
    ["paper", row.paper],
    ["paper's data", row.paperVerdict],
    ["rule", row.rule],
    ...rulesNamedIn(row.rule).map((name): [string, string] => [name, namedRules[name]]),
    ["rule changed", row.ruleChange],
    ["caveat", row.caveat],
    ["shown by", row.link],
    ["records", row.keys.length ? `${row.keys.length} (${row.profile}): ${row.keys.map((key) => key.slice(0, 8)).join(" ")}` : null],
  ];
  return [`${row.id} (${row.item}, tier ${row.tier}): ${row.claim}`, ...lines.filter(([, text]) => text).map(([name, text]) => `  ${name}: ${text}`)]
    .join("\n");
}

/** `141 claims: 60 reproduced, ...`; a line for each paper where there are several. */
export function summary(rows: readonly LedgerRow[]): string {
  const byPaper = papers.map((paper) => ({ paper, own: rows.filter(({ id }) => paperOf(id) === paper) })).filter(({ own }) => own.length > 0);
  if (byPaper.length < 2) return counted(rows);
  return byPaper.map(({ paper, own }) => `Paper ${paper.toUpperCase()}: ${counted(own)}`).join("\n");
}

function counted(rows: readonly LedgerRow[]): string {
  const open = rows.filter((row) => row.open).length, openPart = open ? ` (${open} of them with intervals open)` : "";
  const counts = verdicts.map((verdict) => ({ verdict, count: rows.filter((row) => row.verdict === verdict).length })).filter(({ count }) =>
    count > 0
  );
  const provisional = rows.filter((row) => row.provisional).length;
  return `${count(rows.length, "claim")}: ${
    counts.map(({ verdict, count }) => `${count} ${verdict}${verdict === "not reproduced" ? openPart : ""}`).join(", ")
  }` +
    (provisional ? `; ${provisional} provisional (fewer than five seeds)` : "");
}
