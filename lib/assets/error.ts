/** What goes wrong while a file is obtained, told in one sentence that ends with the remedy. */
export class AssetError extends Error {
  override readonly name = "AssetError";
}

/** Turns a failure of the file system into a sentence with its remedy; anything else passes unchanged. */
export function explainFileError(error: unknown, action: string, folder: string): unknown {
  const code = error instanceof Error ? String((error as { code?: string }).code) : "";
  if (code === "ENOSPC" || code === "EDQUOT") return diskFull(action, folder);
  if (/^E[A-Z0-9]+$/.test(code)) { // EACCES, EROFS, ENOTDIR and their like
    return new AssetError(`Cannot ${action} as the cache folder must be writable: ${folder} (${code}). Set LOWRANK_CACHE to another folder`, {
      cause: error,
    });
  }
  return error;
}

/** The disk filled up while writing below `folder`. */
export function diskFull(action: string, folder: string): AssetError {
  return new AssetError(
    `Cannot ${action} as the disk must have room for it: no space left in ${folder}. Free some, or set LOWRANK_CACHE to a folder on a larger disk`,
  );
}
