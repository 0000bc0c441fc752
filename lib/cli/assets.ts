/** Obtains what a command needs before it starts, with a bar for each download. */
import type { AssetOptions, AssetProgress } from "../assets/manifest.ts";
import { obtainAsset } from "../assets/obtain.ts";
import type { Bar, Progress } from "./progress.ts";
import { bytes } from "./units.ts";

const phases: Record<AssetProgress["phase"], string> = { download: "downloading", extract: "unpacking", verify: "verifying" };

/** Each asset in turn; those at hand cost nothing and say nothing. */
export async function obtainAll(names: readonly string[], progress: Progress, options: AssetOptions = {}): Promise<void> {
  for (const name of names) {
    let bar: Bar | null = null, downloaded = false;
    try {
      await obtainAsset(name, {
        ...options,
        onProgress({ phase, doneBytes, totalBytes }) {
          bar ??= progress.bar(name);
          downloaded ||= phase === "download"; // a reader's own files are only hashed
          bar.update(totalBytes === 0 ? 0 : Math.min(1, doneBytes / totalBytes), `${phases[phase]}, ${bytes(doneBytes)} of ${bytes(totalBytes)}`);
        },
      });
    } finally {
      (bar as Bar | null)?.remove();
    }
    if (downloaded) progress.say(`${name}: downloaded and verified`);
  }
}
