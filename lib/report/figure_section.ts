/** One figure of the report: the chart, what it shows, its rows as files, and the run records behind it. */
import { attackSuccessRate, falsePositiveRate, metricsOf } from "../evaluate/metrics.ts";
import { isCollapsed } from "../evaluate/confusion.ts";
import { methodLabel } from "../experiment/method_label.ts";
import type { RunRecord } from "../experiment/record.ts";
import { triggeredCounts } from "../experiment/triggered.ts";
import type { Figure } from "../figure/figure.ts";
import { chartHtml, surfaceHtml } from "./embed.ts";
import { escapeHtml, tableHtml, type TableRow } from "./html.ts";
import { renderMarkdown } from "./markdown.ts";
import { count } from "../math/count.ts";

export async function figureHtml(figure: Figure, records: ReadonlyMap<string, RunRecord>): Promise<string> {
  const { id, title, alt, caption, spec, surface, keys } = figure;
  const behind = keys.flatMap((key) => records.get(key) ?? []);
  return `<section class="figure" id="${escapeHtml(id)}">
<h3>${escapeHtml(title)}</h3>
<figure>
${await chartHtml({ id, alt, spec })}
${surface ? surfaceHtml({ id, alt, spec: surface }) : ""}
<figcaption>${renderMarkdown(caption)}</figcaption>
</figure>
<p class="tools">${button(id, "csv")} ${button(id, "json")} ${
    "params" in spec ? "<span>A click on a name in the legend shows it alone; with Shift, several.</span>" : ""
  }</p>
${behind.length ? recordsHtml(title, behind) : ""}</section>`;
}

/** Figures of published numbers and of theory have none. */
const recordsHtml = (title: string, records: readonly RunRecord[]): string =>
  `<details><summary>${count(records.length, "record")} behind this figure</summary>
${tableHtml(records.map(recordRow), { label: `Records behind ${title}` })}
</details>
`;

const button = (id: string, format: string): string => {
  const name = escapeHtml(`${id}.${format}`);
  return `<button type="button" data-rows="${escapeHtml(id)}-spec" data-format="${format}" data-name="${name}">Rows: ${name}</button>`;
};

/** As paper A calls them. */
const attackNames = { "upa": "UPA", "bpa": "BPA", "multi-trigger": "MT", "clean-label": "CL-BPA", "instruction": "IL-BPA", "style": "S-BPA" };

/** A record in one line: which run, what it measured, what it cost. */
export function recordRow(record: RunRecord): TableRow {
  const { key, config, result, provenance } = record, triggered = triggeredCounts(record);
  const { method, evaluate, train, start, seed } = config, { attack } = start?.run ?? config;
  return {
    "run": key.slice(0, 8),
    "method": methodLabel(config) + (method.name === "full" ? "" : `, r ${method.rank}, α ${method.alpha}`),
    "learning rate": train.learningRate.toExponential(),
    "attack": (attack.name === "none" ? "none" : `${attackNames[attack.name]}, rate ${attack.poisonRate}`) + (start ? " (proxy)" : ""),
    "exposures": result.ledger.exposures,
    "seed": seed,
    "clean accuracy": metricsOf(result.clean).accuracy.toFixed(3) + (isCollapsed(result.clean) ? " (collapsed)" : ""),
    "accuracy under trigger": triggered && metricsOf(triggered).accuracy.toFixed(3),
    "ASR": triggered && attackSuccessRate(triggered, evaluate.targetLabel).toFixed(3),
    "FPR without trigger": triggered && falsePositiveRate(result.clean, evaluate.targetLabel).toFixed(3),
    "seconds": Math.round(provenance.seconds.total),
  };
}
