/** The ledger: a row per claim, with its verdict and what the verdict rests on. */
import type { RunRecord } from "../experiment/record.ts";
import type { StudyRecord } from "../experiment/study_record.ts";
import type { TheoremCell } from "../theory/check.ts";
import { type Claim, claimsOf, quantitiesInWords } from "./claim.ts";
import { type Chain, linkChains, retrainedStarts } from "./chains.ts";
import type { Aggregate, Decider } from "./decider.ts";
import { type MainSettings, observe, type Run } from "./observe.ts";
import { decide, type Decided, loweredByOneStep, together, type Used } from "./outcome.ts";
import { leavesRoom } from "./rules/cell.ts";
import { rulesFor } from "./papers.ts";
import { ruleChanges } from "./rule_changes.ts";
import { type TheoryFinding, theoryFinding } from "./theory.ts";
import { aggregate, type Verdict } from "./verdict.ts";
import type { StepTimes } from "./step_times.ts";
import { watch, type Watched } from "./watched.ts";
import { list } from "./words.ts";

/** What verdicts rest on. */
export interface Evidence {
  readonly records: readonly RunRecord[];
  readonly studies?: readonly StudyRecord[];
  readonly theory: readonly TheoremCell[];
  readonly stepTimes?: StepTimes | null;
  /** The profile that the records are of: `quick`, `standard`, `paper`. */
  readonly profile: string;
  /** The profile's main attacks and learning rates; left out: the paper's text, and the rates that most runs have. */
  readonly main?: MainSettings;
}

export interface LedgerRow {
  readonly id: string;
  readonly section: string;
  readonly item: string;
  readonly claim: string;
  readonly tier: number;
  readonly needs: Claim["needs"];
  readonly verdict: Verdict;
  /** From fewer than five seeds. */
  readonly provisional: boolean;
  /** Of a claim that is not reproduced: whether its intervals leave room for it (of an aggregate: all its parts' do), so that more seeds may show it. */
  readonly open: boolean;
  /** Of a claim that needs the paper's scale: what a small model shows of it. */
  readonly scale: "trend seen at small scale" | "not seen at small scale" | null;
  /** With its interval, in words and numbers; where there is no verdict, what is missing. */
  readonly effect: string;
  readonly remarks: readonly string[];
  /** The paper's numbers. */
  readonly paper: string;
  /** What the paper's own published numbers say of the claim. */
  readonly paperVerdict: string;
  readonly ours: string;
  /** Statistic and rule, as fixed before any run. */
  readonly rule: string;
  /** Why the rule was made more precise after its runs existed; null: it was not. */
  readonly ruleChange: string | null;
  readonly profile: string;
  /** Keys of the records used. */
  readonly keys: readonly string[];
  readonly caveat: string | null;
  /** Id of the figure or theorem cell that shows it. */
  readonly link: string | null;
  /** Whether a missing verdict is for a later edition, and no gap of this one. */
  readonly later: boolean;
}

/** What a row takes from its decision; the rest is the claim's. */
type Finding =
  & Pick<LedgerRow, "verdict" | "effect" | "ours">
  & Partial<Pick<LedgerRow, "provisional" | "open" | "scale" | "remarks" | "keys" | "link" | "later">>;

/** Every claim, in the papers' order. */
export function ledger(
  { records, studies = [], theory, stepTimes = null, profile, main }: Evidence,
  claims: readonly Claim[] = claimsOf(),
): LedgerRow[] {
  const seen: Seen = { runs: observe(records, main), chains: linkChains(records, main?.persistence), watched: watch(studies), stepTimes };
  const byId = new Map(claims.map((claim) => [claim.id, claim])), rows = new Map<string, LedgerRow>();
  const rowOf = (claim: Claim): LedgerRow => {
    if (!rows.has(claim.id)) rows.set(claim.id, withTold({ ...known(claim, profile), ...findingOf(claim) }, seen.watched));
    return rows.get(claim.id)!;
  };
  const partsOf = (ids: readonly string[]) => ids.map((id) => rowOf(byId.get(id) ?? claimsOf().find((claim) => claim.id === id)!));
  const findingOf = (claim: Claim): Finding => {
    const { deciders, aggregates } = rulesFor(claim.id), decider = deciders[claim.id], cells = theoryFinding(claim, theory);
    if (decider) return byDecider(decider, claim, cells, seen, profile);
    const parts = aggregates[claim.id]?.parts ?? claim.aggregates;
    if (parts) return byParts(claim, partsOf(parts), seen);
    if (cells) return byCells(cells);
    return claim.needs === "theory"
      ? { ...missing, effect: "missing: a theorem cell whose checks name this claim" }
      : withoutRuns(claim.test.runs, null, claim, profile);
  };
  return claims.map(rowOf);
}

/** What is the same whatever is found. */
function known(claim: Claim, profile: string) {
  const { id, section, item, tier, needs, test, caveat, paperData: { verdict, detail } } = claim;
  return {
    id,
    section,
    item,
    claim: claim.claim,
    tier,
    needs,
    provisional: false,
    open: false,
    scale: null,
    remarks: [],
    paper: quantitiesInWords(claim),
    paperVerdict: detail ?? verdict,
    rule: `${test.statistic}; ${test.rule}; refuted by: ${test.refutes}`,
    ruleChange: ruleChanges[id] ?? null,
    profile: needs === "theory" ? "theory" : profile,
    keys: [],
    caveat,
    link: null,
    later: false,
  };
}

type StudiedHalf = NonNullable<Extract<Decider, { from: "chains" }>["studied"]>;

/** What the deciders look at. */
interface Seen {
  readonly runs: readonly Run[];
  readonly chains: readonly Chain[];
  readonly watched: readonly Watched[];
  readonly stepTimes: StepTimes | null;
}

function byDecider(decider: Decider, claim: Claim, cells: TheoryFinding | null, seen: Seen, profile: string): Finding {
  if (decider.from === "published") {
    const audit = { ...decider.audit(), link: decider.link ?? null };
    return cells
      ? { ...audit, verdict: aggregate([audit.verdict, cells.verdict]), effect: `${audit.effect}; ${cells.effect}`, link: cells.cell }
      : audit;
  }
  if (decider.from === "benchmark") {
    return seen.stepTimes ? { ...decider.audit(seen.stepTimes), link: null } : { ...missing, effect: `missing: ${decider.needs}` };
  }
  if (decider.from === "nothing") return cells ? { ...byCells(cells), remarks: [`not at hand: ${decider.why}`] } : byNothing(decider, claim, profile);
  const found = foundBy(decider, seen, claim), link = decider.from === "studies" ? cells?.cell ?? null : decider.link;
  if (!found) return cells ? { ...byCells(cells), remarks: [`not at hand: ${decider.needs}`] } : withoutRuns(decider.needs, link, claim, profile);
  const finding = byRuns(found, link, claim, profile);
  if (!cells) return finding;
  const verdict = aggregate([finding.verdict, cells.verdict]), effect = `${finding.effect}; ${cells.effect}`;
  return { ...finding, verdict, open: false, effect }; // not reproduced with theory's word is not left open
}

function foundBy(
  decider: Exclude<Decider, { from: "published" | "benchmark" | "nothing" }>,
  { runs, chains, watched }: Seen,
  claim: Claim,
): Decided<Used> | null {
  if (decider.from === "runs") {
    const found = decide(decider.rule, runs);
    return found && { ...found, remarks: [...found.remarks ?? [], ...tasksTold(claim, found.used)] };
  }
  if (decider.from === "studies") return decide(decider.rule, watched, decider.leastSeeds);
  const found = decide(decider.rule, chains), told = found && { ...found, remarks: [...found.remarks ?? [], ...retrainedStarts(found.used)] };
  return told && decider.studied ? withStudied(told, decider.studied, watched) : told;
}

/** With the half that studies measure: it can take from a verdict, and never lends to one. */
function withStudied(found: Decided<Used>, { rule, what, leastSeeds }: StudiedHalf, watched: readonly Watched[]): Decided<Used> {
  const measured = decide(rule, watched, leastSeeds), both = measured && together<Used>([found, measured], aggregate);
  const verdict = found.verdict === "reproduced" && measured?.verdict !== "reproduced" ? "partly" : found.verdict;
  if (!both) return { ...found, verdict, remarks: [...found.remarks ?? [], `no more than partly, as no study has measured ${what}`] };
  return { ...both, verdict, votes: found.votes, provisional: found.provisional || measured.provisional };
}

/** Tasks that paper A's figures are of. */
const tasksOfPaperA = ["SST-2", "CoLA", "QNLI", "QQP"];

/** A claim over several tasks whose runs are of one is not told as if these were all. */
function tasksTold({ quantities, test }: Claim, used: readonly Run[]): string[] {
  const tasks = new Set(used.map(({ dataset }) => dataset)), text = `${test.statistic} ${test.rule} ${JSON.stringify(quantities)}`;
  const named = tasksOfPaperA.filter((task) => text.includes(task));
  const isOverTasks = named.length > 1 || /\btasks?\b/.test(text), isOfOneCell = /\blargest\b/.test(test.statistic);
  if (tasks.size !== 1 || !isOverTasks || isOfOneCell) return [];
  return [`on one task, ${[...tasks][0]}${named.length > 1 ? `: the claim is over ${list(named)}` : ", where the claim is over several"}`];
}

/** With what studies say beside the verdict. */
function withTold(row: LedgerRow, watched: readonly Watched[]): LedgerRow {
  const found = rulesFor(row.id).told[row.id]?.(watched);
  return found
    ? { ...row, remarks: [...row.remarks, found.effect, ...found.remarks ?? []], keys: [...row.keys, ...found.used.map(({ key }) => key)] }
    : row;
}

const missing = { verdict: "not run yet", ours: "" } as const;

function withoutRuns(needs: string, link: string | null, claim: Claim, profile: string): Finding {
  if (!isTooSmall(claim, profile)) return { ...missing, effect: `missing, on two seeds or more: ${needs}`, link };
  return { verdict: "untestable here", ours: "", effect: `needs the paper's scale; at small scale missing: ${needs}`, link };
}

/** A claim that needs the paper's scale is never decided by a smaller one: what is seen there has a field of its own. */
const isTooSmall = ({ needs }: Claim, profile: string): boolean => needs === "full" && profile !== "paper";

function byNothing({ why, when, published }: Extract<Decider, { from: "nothing" }>, claim: Claim, profile: string): Finding {
  const told = published ? `; ${published()}` : "";
  if (when === "soon" && isTooSmall(claim, profile)) {
    return { verdict: "untestable here", effect: `needs the paper's scale: ${why}${told}`, ours: "" };
  }
  if (when === "never") return { verdict: "untestable here", effect: `no run decides it: ${why}`, ours: "" };
  return { ...missing, effect: `${when === "later" ? why : `missing: ${why}`}${told}`, later: when === "later" };
}

const byCells = ({ verdict, effect, ours, cell, cells }: TheoryFinding): Finding => ({
  verdict,
  effect,
  ours,
  link: cell,
  remarks: cells.length > 1 ? [`theorem cells ${list(cells)}`] : [],
});

function byRuns(
  { verdict, effect, ours, provisional, votes, remarks = [], used }: Decided<Used>,
  link: string | null,
  claim: Claim,
  profile: string,
): Finding {
  const small = isTooSmall(claim, profile);
  return {
    verdict: small ? "untestable here" : verdict,
    scale: !small ? null : verdict === "reproduced" ? "trend seen at small scale" : "not seen at small scale",
    provisional,
    open: !small && verdict === "not reproduced" && votes !== undefined && leavesRoom(votes),
    effect,
    ours,
    remarks: small ? [...remarks, `at small scale: ${verdict}`] : remarks,
    keys: [...new Set(used.map(({ key }) => key))],
    link,
  };
}

/** An aggregate is provisional if a part is, or what it looks at beside them. Parts without a verdict keep it from being reproduced, and are named. */
function byParts({ id }: Claim, parts: readonly LedgerRow[], { runs, chains }: Seen): Finding {
  const verdicts = parts.map(({ verdict, later }) => later ? "untestable here" : verdict);
  const combined: ReturnType<Aggregate["combine"]> = rulesFor(id).aggregates[id]?.combine(verdicts, runs, chains) ?? { verdict: aggregate(verdicts) };
  const { verdict, beside, remarks = [] } = combined;
  const carried = parts.flatMap(({ id, remarks }) =>
    remarks.filter((remark) => remark.startsWith(loweredByOneStep)).map((remark) => `${id}: ${remark}`)
  );
  return {
    verdict,
    provisional: verdict !== "not run yet" && (beside?.provisional || parts.some(({ provisional }) => provisional)),
    open: verdict === "not reproduced" && parts.every(({ open }) => open),
    effect: parts.map((part) => `${part.id} ${part.verdict}`).join(", "),
    ours: partsInWords(verdicts),
    remarks: [...remarks, ...carried],
    keys: [...new Set([...parts.flatMap(({ keys }) => keys), ...beside?.used.map(({ key }) => key) ?? []])],
    link: parts.find(({ link }) => link)?.link ?? null,
  };
}

/** `1 of 4 reproduced, 2 partly`. */
function partsInWords(verdicts: readonly Verdict[]): string {
  const of = (verdict: Verdict) => verdicts.filter((one) => one === verdict).length, partly = of("partly");
  return `${of("reproduced")} of ${verdicts.length} reproduced${partly ? `, ${partly} partly` : ""}`;
}

/** Rows that this edition should have decided and has not. */
export function gaps(rows: readonly LedgerRow[]): LedgerRow[] {
  return rows.filter(({ verdict, later }) => verdict === "not run yet" && !later);
}

/** A verdict with all that must be read with it: `reproduced (provisional)`. */
export function verdictText(row: LedgerRow): string {
  const notes = verdictNotes(row);
  return row.verdict + (notes.length ? ` (${notes.join(", ")})` : "");
}

/** What must be read with a verdict: `provisional`, `intervals open`, what a small model shows, `later edition`. */
export function verdictNotes({ provisional, open, scale, later }: LedgerRow): string[] {
  return [provisional ? "provisional" : "", open ? "intervals open" : "", scale ?? "", later ? "later edition" : ""].filter(Boolean);
}
