/** What the published records say, to be read where they lie without running anything: every verdict, and the figures of the quick profile. */
import { join } from "node:path";
import { writeWhole } from "../assets/write_whole.ts";
import { paperOf, papers } from "../claims/claim.ts";
import { readTheory, theoryPath, theoryStamp } from "../claims/kept_theory.ts";
import { type LedgerRow, verdictText } from "../claims/ledger.ts";
import { ledgerOf } from "../claims/ledger_of.ts";
import { createDigests } from "../experiment/inputs.ts";
import { type Paper, selectExperiments } from "../experiment/experiments.ts";
import { profileNamed } from "../experiment/profiles.ts";
import type { Source } from "../experiment/published.ts";
import { openStore } from "../experiment/store.ts";
import { openStudies } from "../experiment/study_store.ts";
import { planSweep } from "../experiment/sweep.ts";
import type { Figure } from "../figure/figure.ts";
import { renderSvg } from "../figure/svg.ts";
import { summary } from "./claims.ts";
import { drawFigure } from "./draw.ts";
import { recordsOfKeys } from "./gather.ts";

/** What a page needs of a figure whose picture lies in `figures/ID.svg`; its title is the experiment's, which has the paper's number. */
type Pictured = Pick<Figure, "id" | "title" | "alt" | "caption"> & { readonly paper: Paper };

/**
 * Draws the quick profile's figures, `figures/ID.svg` beside the records: what a reader's own quick runs will show. One whose runs are not all
 * published stays as it is. Then writes `README.md`, with the verdicts that all published records support. Returns how it went, in words.
 */
export async function writePublishedBook(published: string): Promise<string> {
  const source = await openStore(published, { readOnly: true });
  const { pictured, left } = await drawFigures(published, source),
    stayed = left.length ? `; as they were, as runs are missing: ${left.join(", ")}` : "";
  const theory = await readTheory(theoryPath(published), await theoryStamp());
  const figures = `figures drawn anew ${pictured.map(({ id }) => id).join(", ") || "none"}${stayed}`;
  if (!theory) return `${figures}; README.md as it was, as its theorem cells are none of this code`;
  const studies = await openStudies(published, { readOnly: true });
  const rows = await ledgerOf({ profile: profileNamed("standard"), source, studies, theory });
  await writeWhole(join(published, "README.md"), bookText(rows, pictured));
  return `${figures}; README.md written`;
}

async function drawFigures(published: string, source: Source): Promise<{ readonly pictured: Pictured[]; readonly left: string[] }> {
  const profile = profileNamed("quick"), digestsOf = createDigests();
  const pictured: Pictured[] = [], left: string[] = [];
  for (const { id, title, paper, configs } of selectExperiments()) {
    const planned = await planSweep(configs(profile), digestsOf), records = await recordsOfKeys(planned.map(({ key }) => key), source);
    const figure = records.length === planned.length ? await drawFigure(id, records) : null;
    if (!figure) left.push(id);
    else {
      await writeWhole(join(published, "figures", `${id}.svg`), await renderSvg(figure));
      pictured.push({ ...figure, title, paper });
    }
  }
  return { pictured, left };
}

/** The page, in Markdown. */
function bookText(rows: readonly LedgerRow[], figures: readonly Pictured[]): string {
  const parts = papers.map((paper) => {
    const own = rows.filter(({ id }) => paperOf(id) === paper), drawn = figures.filter((figure) => figure.paper === paper);
    return `## Paper ${paper.toUpperCase()}: claims\n\n${claimsTable(own)}\n\n## Paper ${paper.toUpperCase()}: figures\n\n${
      drawn.map(({ id, title, alt, caption }) => `### ${title}\n\n![${alt.replaceAll("\n", " ")}](figures/${id}.svg)\n\n${caption}`).join("\n\n")
    }`;
  });
  return `# What the published records say

Written by \`task publish\`. The verdicts are those of all runs, studies and theorem cells that lie here (\`task claims\` prints them, and with
\`--only ID\` the rule and what decides it); the figures are those of the quick profile, from the same seeds that \`task reproduce\` computes anew.

${summary(rows).replaceAll("\n", "\n\n")}

${parts.join("\n\n")}
`;
}

function claimsTable(rows: readonly LedgerRow[]): string {
  const cell = (text: string | number) => String(text).replaceAll("|", "\\|").replaceAll("\n", " ");
  const line = (cells: readonly (string | number)[]) => `| ${cells.map(cell).join(" | ")} |`;
  const body = rows.map((row) => line([row.id, row.tier, row.claim, verdictText(row), row.ours, row.paperVerdict ?? ""]));
  return [line(["claim", "tier", "what is claimed", "verdict", "ours", "the paper's own numbers"]), line(Array(6).fill("---")), ...body].join("\n");
}
