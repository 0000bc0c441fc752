/** One digest over several files. */
import { createHash } from "node:crypto";
import { hashFile } from "../assets/stamp.ts";

/** SHA-256 over the files' own, by content and in this order: the same rows in another format are other data. */
export async function digestFiles(paths: readonly string[]): Promise<string> {
  const digests = await Promise.all(paths.map((path) => hashFile(path)));
  return createHash("sha256").update(digests.join("\n")).digest("hex");
}
