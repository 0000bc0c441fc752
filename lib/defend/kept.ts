/**
 * Answers of components kept in a folder of the user's, so that each is asked about a text once: they hold a data set's texts, and stand in no
 * record. One file for each component and the settings that its answers depend on, answers by their text's digest.
 */
import canonicalize from "canonicalize";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { removeStale } from "../assets/temporary.ts";
import { writeWhole } from "../assets/write_whole.ts";
import type { Answer, Component, DefenceProgress, Defender } from "./defender.ts";

export interface Purified {
  /** As a model shall read them, in their order. */
  readonly texts: readonly string[];
  /** Name and version of what answered. */
  readonly component: string;
  /** What an answer took, mean over all that are kept, whoever asked and when. */
  readonly secondsPerText: number;
}

interface Kept {
  readonly seconds: number;
  /** By the SHA-256 of the text. */
  readonly answers: Readonly<Record<string, Answer>>;
}

/** Texts after which the file is written: what a process that is killed loses. */
const textsAtOnce = 32;

/** Behind a defence; its component is loaded only if it has to be asked. */
export async function purify(defender: Defender, folder: string, texts: readonly string[], onProgress?: DefenceProgress): Promise<Purified> {
  const { component, settings } = defender, key = digestOf(canonicalize({ settings, component })!).slice(0, 16);
  const path = join(folder, `${settings.name}-${key}.json`);
  await removeStale(folder, `${basename(path)}.`);
  const digests = texts.map(digestOf), total = texts.length;
  let kept = await read(path), loaded: Component | undefined;
  const missing = [...new Map(texts.map((text, row) => [digests[row], text]))].filter(([digest]) => !Object.hasOwn(kept.answers, digest));
  try {
    for (let start = 0; start < missing.length; start += textsAtOnce) {
      loaded ??= await defender.load();
      const part = missing.slice(start, start + textsAtOnce), before = total - missing.length + start, began = performance.now();
      const answers = await loaded.ask(part.map(([, text]) => text), ({ done }) => onProgress?.({ done: before + done, total }));
      const seconds = (performance.now() - began) / 1000, now = await read(path); // another process may have written
      const fresh = Object.fromEntries(part.map(([digest], row) => [digest, answers[row]]));
      kept = { seconds: now.seconds + seconds, answers: { ...kept.answers, ...now.answers, ...fresh } };
      await writeWhole(path, JSON.stringify({ settings, component, ...kept }) + "\n");
    }
  } finally {
    loaded?.dispose();
  }
  const count = Object.keys(kept.answers).length;
  return {
    texts: texts.map((text, row) => defender.purified(text, kept.answers[digests[row]])),
    component,
    secondsPerText: count ? kept.seconds / count : 0,
  };
}

/** None yet, or unreadable: anew. */
async function read(path: string): Promise<Kept> {
  const nothing = { seconds: 0, answers: {} };
  try {
    const found = JSON.parse(await readFile(path, "utf8"));
    return found.answers ? found : nothing;
  } catch {
    return nothing;
  }
}

function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
