/**
 * Purified texts kept in a folder of the user's, so that a text is purified once: they are a data set's texts, and stand in no record. One file for
 * each defence and component, texts by their digest.
 */
import canonicalize from "canonicalize";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { removeStale } from "../assets/temporary.ts";
import { writeWhole } from "../assets/write_whole.ts";
import type { Defence } from "./defence.ts";
import type { Defender } from "./defender.ts";

/** What the kept texts took to purify, whoever did it and when. */
export interface DefenceCost {
  readonly texts: number;
  readonly seconds: number;
}

export interface KeptDefender extends Defender {
  cost(): Promise<DefenceCost>;
}

interface Kept {
  readonly seconds: number;
  /** Purified text by the SHA-256 of the text. */
  readonly texts: Readonly<Record<string, string>>;
}

/** Texts after which the file is written: what a process that is killed loses. */
const textsAtOnce = 32;

/** The same defender with a memory: `settings` are those that it was created with. */
export function keptDefender(defender: Defender, folder: string, settings: Defence): KeptDefender {
  const { component } = defender, key = digestOf(canonicalize({ settings, component })!).slice(0, 16);
  const path = join(folder, `${settings.name}-${key}.json`);
  const read = (): Promise<Kept> => readFile(path, "utf8").then(JSON.parse).catch(() => ({ seconds: 0, texts: {} })); // none yet, or unreadable: anew
  return {
    ...defender,
    async purify(texts, onProgress) {
      await removeStale(folder, `${basename(path)}.`);
      const digests = texts.map(digestOf), total = texts.length;
      let kept = await read();
      const missing = [...new Map(texts.map((text, row) => [digests[row], text]))].filter(([digest]) => !Object.hasOwn(kept.texts, digest));
      for (let start = 0; start < missing.length; start += textsAtOnce) {
        const part = missing.slice(start, start + textsAtOnce), before = total - missing.length + start, began = performance.now();
        const purified = await defender.purify(part.map(([, text]) => text), ({ done }) => onProgress?.({ done: before + done, total }));
        const seconds = (performance.now() - began) / 1000, now = await read(); // another process may have written
        const fresh = Object.fromEntries(part.map(([digest], row) => [digest, purified[row]]));
        kept = { seconds: now.seconds + seconds, texts: { ...kept.texts, ...now.texts, ...fresh } };
        await writeWhole(path, JSON.stringify({ settings, component, ...kept }) + "\n");
      }
      return digests.map((digest) => kept.texts[digest]);
    },
    async cost() {
      const { seconds, texts } = await read();
      return { texts: Object.keys(texts).length, seconds };
    },
  };
}

function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
