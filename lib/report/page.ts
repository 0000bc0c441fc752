/** The report: one HTML file with everything inside, for a reader without network, and as far as it goes without JavaScript. */
import type { RunRecord } from "../experiment/record.ts";
import { agreement } from "../figure/agreement.ts";
import type { Figure } from "../figure/figure.ts";
import type { Paper } from "../experiment/experiments.ts";
import { papers } from "../claims/claim.ts";
import type { LedgerRow } from "../claims/ledger.ts";
import { count } from "../math/count.ts";
import { claimsHtml, theoremAnchors } from "./claims_section.ts";
import { cellsHtml } from "./cells.ts";
import { scriptsHtml, styleText } from "./embed.ts";
import { figureHtml } from "./figure_section.ts";
import { headlineHtml } from "./headline_section.ts";
import { escapeHtml, slugOf, tableHtml, type TableRow } from "./html.ts";
import { renderInline, renderMarkdown } from "./markdown.ts";
import type { Cell } from "./notebook.ts";
import { provenanceHtml } from "./provenance.ts";

export interface ReportNotebook {
  /** File name without extension. */
  readonly name: string;
  readonly title: string;
  /** nbformat cells, executed. */
  readonly cells: readonly Cell[];
}

export interface Report {
  readonly title: string;
  /** Markdown. */
  readonly intro: string;
  readonly figures: readonly (Figure & { readonly paper: Paper })[];
  /** The ledger; left out: no such section. */
  readonly claims?: readonly LedgerRow[];
  readonly notebooks: readonly ReportNotebook[];
  readonly records: readonly RunRecord[];
  /** What each experiment's runs came to, a row per cell; cells may hold inline markdown. */
  readonly tables: readonly { readonly id: string; readonly title: string; readonly rows: readonly TableRow[] }[];
  /** The project's own records, to compare with where settings agree. */
  readonly published?: readonly RunRecord[];
  readonly profile: { readonly name: string; readonly settings: readonly TableRow[] };
}

interface Section {
  readonly id: string;
  readonly title: string;
  readonly html: string;
  readonly parts?: readonly { readonly id: string; readonly title: string }[];
}

/** No source but the file itself: `eval` is how Vega compiles its expressions. */
const policy = "default-src 'none'; img-src data:; font-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline' 'unsafe-eval'; " +
  "base-uri 'none'; form-action 'none'";

export async function renderReport(report: Report): Promise<string> {
  const sections = [
    findings(report),
    ...await figureSections(report),
    ...claimsSection(report),
    ...agreementSection(report),
    ...await notebookSection(report),
    ...runSection(report),
    settingsSection(report),
  ];
  const body = `<a class="skip" href="#main">Skip to the report</a>
<header><h1>${escapeHtml(report.title)}</h1>
<div class="intro prose">${renderMarkdown(report.intro, { headingShift: 1 })}</div></header>
<div class="page">
<nav aria-label="Contents"><p class="nav-title">Contents</p>${contentsHtml(sections)}</nav>
<main id="main">
${sections.map(({ id, title, html }) => `<section id="${id}"><h2>${escapeHtml(title)}</h2>\n${html}\n</section>`).join("\n")}
</main>
</div>
<footer>${provenanceHtml(report.records)}</footer>`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>${escapeHtml(report.title)}</title>
<style>${styleText(body.includes('class="katex'))}</style>
</head>
<body>
${body}
${scriptsHtml(body.includes('class="surface"'))}
</body>
</html>
`;
}

function contentsHtml(sections: readonly Section[]): string {
  const link = ({ id, title }: { id: string; title: string }) => `<a href="#${escapeHtml(id)}">${escapeHtml(title)}</a>`;
  const inner = (section: Section) => section.parts?.length ? `<ol>${section.parts.map((part) => `<li>${link(part)}</li>`).join("")}</ol>` : "";
  return `<ol>${sections.map((section) => `<li>${link(section)}${inner(section)}</li>`).join("\n")}</ol>`;
}

function findings({ claims = [], profile, records }: Report): Section {
  const html = `<p>Profile <strong>${escapeHtml(profile.name)}</strong>, ${count(records.length, "run")}.</p>\n${headlineHtml(claims)}`;
  return { id: "findings", title: "What was found", html };
}

/** One for each paper that has figures here. */
async function figureSections({ figures, records }: Report): Promise<Section[]> {
  const byKey = new Map(records.map((record) => [record.key, record])), sections: Section[] = [];
  for (const paper of papers) {
    const own = figures.filter((figure) => figure.paper === paper), drawn: string[] = [];
    for (const figure of own) drawn.push(await figureHtml(figure, byKey));
    if (own.length === 0) continue;
    const title = `Paper ${paper.toUpperCase()}, figures and tables`, parts = own.map(({ id, title }) => ({ id, title }));
    sections.push({ id: `figures-${paper}`, title, html: drawn.join("\n"), parts });
  }
  return sections;
}

/** A claim leads to its figure; where an experiment has none, to its runs. */
function claimsSection({ claims = [], figures, notebooks, tables }: Report): Section[] {
  if (claims.length === 0) return [];
  const anchors = new Map([
    ...theoremAnchors(notebooks),
    ...tables.filter(({ rows }) => rows.length > 0).map(({ id }) => [id, runsId(id)] as const),
    ...figures.map(({ id }) => [id, id] as const),
  ]);
  return [{ id: "claims", title: "Claims", html: claimsHtml(claims, anchors) }];
}

function agreementSection({ records, published }: Report): Section[] {
  if (!published) return [];
  const rows = agreement(records, published).map((row): TableRow => ({
    "method": row.method,
    "metric": row.metric,
    "runs": row.runs,
    "identical weights": row.sameWeights,
    "mean difference": row.difference.mean.toFixed(4),
    "95 % interval": row.difference.low === null ? null : `${row.difference.low.toFixed(4)} ... ${row.difference.high!.toFixed(4)}`,
    "mean size": row.meanAbsoluteDifference.toFixed(4),
    "largest": row.maxAbsoluteDifference.toFixed(4),
    "mean size between two seeds": row.betweenSeeds?.toFixed(4) ?? null,
  }));
  const rounded = records.some(({ config }) => config.precision === "bf16")
    ? " Matrix products of these runs are rounded to bfloat16, those of the published ones are in float32: the interval says whether that shifts a " +
      "result, and the mean size beside that between two seeds (of settings in which no run collapsed) whether it moves a run as far as another seed does."
    : "";
  const html = "<p>These runs beside the published records of the same configuration, data and recipe: own minus published, as fractions. Other " +
    `processors add in another order, so weights may differ in their last bits.${rounded}</p>` +
    tableHtml(rows, { label: "Agreement with the published records" });
  return [{ id: "agreement", title: "Agreement with the published records", html }];
}

async function notebookSection({ notebooks }: Report): Promise<Section[]> {
  if (notebooks.length === 0) return [];
  const parts: { id: string; title: string }[] = [], html: string[] = [];
  for (const { name, title, cells } of notebooks) {
    const id = `notebook-${slugOf(name)}`;
    parts.push({ id, title });
    html.push(`<section class="notebook" id="${id}"><h3>${escapeHtml(title)}</h3>
<details><summary>Read ${escapeHtml(name)}, as it was executed</summary>
${await cellsHtml(id, cells)}
</details></section>`);
  }
  return [{ id: "notebooks", title: "Notebooks", html: html.join("\n"), parts }];
}

const runsId = (experiment: string): string => `runs-${experiment}`;

/** Folded: hundreds of rows, for those who look one up; a link to one unfolds it. */
function runSection({ tables }: Report): Section[] {
  const there = tables.filter(({ rows }) => rows.length > 0);
  if (there.length === 0) return [];
  const html = there.map(({ id, title, rows }) =>
    `<details><summary>${escapeHtml(title)} (${escapeHtml(id)}), ${count(rows.length, "row")}</summary>
<div id="${escapeHtml(runsId(id))}">${tableHtml(rows, { label: `Runs of ${title}`, render: renderInline })}</div></details>`
  );
  return [{ id: "runs", title: "Runs, by experiment", html: `<p>Means over the seeds, ± their standard deviation.</p>\n${html.join("\n")}` }];
}

function settingsSection({ profile }: Report): Section {
  return {
    id: "settings",
    title: "Settings",
    html: `<p>What the <strong>${escapeHtml(profile.name)}</strong> profile fixes.</p>${
      tableHtml(profile.settings, { label: "Settings of the profile", render: renderInline })
    }`,
  };
}
