/** Progress inside a running cell: one output that is redrawn in place. Outside a kernel it shows nothing. */
import { escapeHtml } from "./html.ts";
import type { MimeBundle } from "./notebook.ts";

/** The part of `Deno.jupyter` that is used here. */
export interface JupyterApi {
  display(bundle: MimeBundle, options: { raw: boolean; update?: boolean; display_id: string }): Promise<void>;
}

export interface CellProgress {
  /** Redraws: `fraction` in [0, 1], `text` beside it. */
  update(fraction: number, text?: string): Promise<void>;
}

const intervalMs = 200; // a front end keeps up with a few redraws a second
let count = 0;

/** Starts a progress line; the last update, at 1, is always drawn. */
export function cellProgress(label: string, jupyter: JupyterApi | null = jupyterApi(), now: () => number = Date.now): CellProgress {
  const display_id = `lowrank-progress-${++count}-${now()}`;
  let drawn = -Infinity, exists = false;
  return {
    async update(fraction, text = "") {
      if (!(0 <= fraction && fraction <= 1)) throw new RangeError(`Cannot show progress as its fraction must be in [0, 1]: ${fraction}`);
      if (!jupyter || (fraction < 1 && now() - drawn < intervalMs)) return;
      drawn = now();
      const update = exists;
      exists = true;
      await jupyter.display(progressBundle(label, fraction, text), { raw: true, update, display_id });
    },
  };
}

export function progressBundle(label: string, fraction: number, text: string): MimeBundle {
  const percent = `${Math.floor(fraction * 100)} %`;
  return {
    "text/html": `<label>${escapeHtml(label)} <progress value="${fraction}" max="1">${percent}</progress> ${percent} ${escapeHtml(text)}</label>`,
    "text/plain": `${label}: ${percent} ${text}`.trim(),
  };
}

/** The kernel's own API: outside a kernel there is none. */
export function jupyterApi(): JupyterApi | null {
  try {
    return (Deno as unknown as { jupyter?: JupyterApi }).jupyter ?? null;
  } catch {
    return null; // the getter throws outside a kernel
  }
}
