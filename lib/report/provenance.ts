/** Where the numbers come from: code, libraries, machines, time. */
import type { RunRecord } from "../experiment/record.ts";
import { escapeHtml } from "./html.ts";

export function provenanceHtml(records: readonly RunRecord[]): string {
  if (records.length === 0) return `<h2>Provenance</h2><p>No runs yet.</p>`;
  const all = records.map(({ provenance }) => provenance);
  const times = all.map(({ finishedAt }) => finishedAt).sort();
  const hours = all.reduce((sum, { seconds }) => sum + seconds.total, 0) / 3600;
  const digests = (name: "data" | "weights" | "recipe") => records.map(({ digests }) => digests[name].slice(0, 12));
  const facts: [string, readonly string[]][] = [
    ["Code", all.map(({ commit }) => commit?.slice(0, 12) ?? "not committed")],
    ["Versions", all.map(({ versions }) => Object.entries(versions).map(([name, version]) => `${name} ${version}`).join(", "))],
    ["Machine", all.map(({ cpu, platform, threads }) => `${cpu}, ${platform}, ${threads} ${threads === 1 ? "thread" : "threads"}`)],
    ["Finished", [times[0] === times.at(-1) ? times[0] : `${times[0]} to ${times.at(-1)}`]],
    ["Computing time", [hours < 1 ? `${(hours * 60).toFixed(1)} minutes` : `${hours.toFixed(1)} hours`]],
    ["Data, weights, recipe", [[...new Set(digests("data"))], [...new Set(digests("weights"))], [...new Set(digests("recipe"))]].map(String)],
  ];
  const lines = facts.map(([name, values]) => `<dt>${name}</dt><dd>${[...new Set(values)].map(escapeHtml).join("<br>")}</dd>`);
  return `<h2>Provenance</h2><dl>${lines.join("\n")}</dl>`;
}
