/** The papers' claims as data: what is claimed, how it is decided, what the papers' own numbers say of it. */
import { readFileSync } from "node:fs";
import { z } from "zod";
import type { Paper } from "../experiment/experiments.ts";
import { quantityName } from "./quantity_names.ts";

export const papers: readonly Paper[] = ["a", "b"];

const ClaimSchema = z.strictObject({
  /** Its paper, section and number: `A-4.3-1`. */
  id: z.string().regex(/^[AB]-[\w.]+-\d+$/),
  section: z.string(),
  item: z.string(),
  kind: z.enum(["prose", "theorem", "equation", "figure", "table"]),
  /** Paraphrased. */
  claim: z.string(),
  quantities: z.record(z.string(), z.unknown()).nullable(),
  test: z.strictObject({ runs: z.string(), statistic: z.string(), rule: z.string(), refutes: z.string() }),
  /** `theory`: no training; `quick`: visible as a trend in a small model; `full`: the paper's scale. */
  needs: z.enum(["theory", "quick", "full"]),
  caveat: z.string().nullable(),
  /** What the paper's own published numbers say: shown beside our verdict, not instead of it. */
  paperData: z.strictObject({ verdict: z.string(), detail: z.string().nullable() }),
  /** 1 headline, 2 theorems, figures and tables, 3 proof steps, settings, remarks. */
  tier: z.number().int().min(1).max(3),
  /** Claims that this one is an aggregate of. */
  aggregates: z.array(z.string()).optional(),
  /** Rows of the project's list of equations. */
  equations: z.array(z.string()).optional(),
});

export type Claim = z.output<typeof ClaimSchema>;

const ClaimsFile = z.strictObject({ paper: z.string(), claims: z.array(ClaimSchema) }).refine(
  ({ claims }) => new Set(claims.map(({ id }) => id)).size === claims.length,
  "every id once",
);

const cached = new Map<Paper, readonly Claim[]>();

/** Reads and checks `data/papers/paper-a-claims.json` or `paper-b-claims.json`, each once; of both papers unless one is named. */
export function claimsOf(paper?: Paper): readonly Claim[] {
  if (!paper) return papers.flatMap((one) => claimsOf(one));
  const url = new URL(`../../data/papers/paper-${paper}-claims.json`, import.meta.url);
  if (!cached.has(paper)) cached.set(paper, parseClaims(readFileSync(url, "utf8")));
  return cached.get(paper)!;
}

/** The paper that a claim, or a theorem cell, is of. */
export const paperOf = (id: string): Paper => id.slice(0, 1).toLowerCase() as Paper;

/** The claims of a file's text; a TypeError names the first field that is not as it must be. */
export function parseClaims(json: string): readonly Claim[] {
  const { data, error } = ClaimsFile.safeParse(JSON.parse(json));
  if (data) return data.claims;
  const [issue] = error.issues;
  throw new TypeError(`Cannot read the claims as each must have the fields of claim.ts: ${issue.path.join(".") || "the list"}: ${issue.message}`);
}

/** The claim's own numbers in words: `max gain points: SST-2 37.4, QQP 41.2`. */
export function quantitiesInWords({ quantities }: Claim): string {
  return quantities === null ? "" : Object.entries(quantities).map(([name, value]) => `${quantityName(name)}: ${inWords(value)}`).join("; ");
}

function inWords(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inWords).join(", ")}]`;
  if (value !== null && typeof value === "object") {
    return Object.entries(value).map(([name, inner]) => `${quantityName(name)} ${inWords(inner)}`).join(", ");
  }
  return String(value);
}
