/**
 * RoRA (paper B, section 5): a low-rank method with three pieces that it does not know about. CI disturbs the pretrained path while
 * training (`clean_strengthened.ts`), Tr draws the factors away from the weight's leading directions (`constraint.ts`), Pt scales the
 * update up after training (`rescale.ts`). Each may be left out.
 */
/** CI, equation 8. */
export interface CleanStrengthened {
  /** p, of dropout. */
  readonly rate: number;
  /** What is dropped: entries of W, of its input, or of its output. */
  readonly site: "weight" | "input" | "output";
  /** Whether what remains is divided by 1 - p, so that its mean is what evaluation computes. */
  readonly rescale: boolean;
}

/** Tr, equations 10 and 11: lambda Omega is added to the loss. */
export interface TriggerInsensitive {
  readonly lambda: number;
  /** How many leading directions of each weight; all of them make Omega plain L2. */
  readonly k: number | "full";
  /** How Omega is taken over modules. */
  readonly reduce: "sum" | "mean";
  /** Directions of the pretrained weight, of what PiSSA and OLoRA leave of it, or, as a control, random ones. */
  readonly space: "pretrained" | "residual" | "random";
}

/** Pt, equation 12: after training another scale replaces alpha / r. */
export interface PostTraining {
  /** How many blocks. */
  readonly layers: number;
  /** Which; top: nearest the output. */
  readonly place: "top" | "middle" | "bottom";
  /** The update that is scaled: B A whole, or what training changed of it. */
  readonly delta: "BA" | "BA-B0A0";
  /** What W is: the pretrained weight, or what PiSSA and OLoRA leave of it. */
  readonly weight: "pretrained" | "residual";
  /** sigma_max(W) / sigma_max(dW) of each module, or, as a control, one number for all. */
  readonly scale: number | "spectral";
}

export interface Rora {
  readonly ci: CleanStrengthened | null;
  readonly tr: TriggerInsensitive | null;
  readonly pt: PostTraining | null;
}

/**
 * What the paper says, and where it leaves a choice, one that can be argued for:
 * - CI drops entries of W, as equation 8 has it: one function is disturbed, not each example by itself. It rescales, since without that the
 *   pretrained path would be smaller in training than in evaluation, which is no noise but another model.
 * - Tr takes the 32 directions that the paper's Figure 2 looks at; all of them would be plain L2. The mean over modules lets lambda mean the
 *   same for 12 modules as for 48.
 * - Pt acts on the three blocks nearest to the output, each module by its own ratio. Its update is what training changed: where the factors
 *   start as a part of W (PiSSA, OLoRA), B A whole would scale pretrained weight as well.
 * - W is the pretrained weight everywhere, which is what the paper calls it; PiSSA and OLoRA freeze less than that.
 */
export const roraDefaults = {
  ci: { rate: 0.1, site: "weight", rescale: true },
  tr: { lambda: 10, k: 32, reduce: "mean", space: "pretrained" },
  pt: { layers: 3, place: "top", delta: "BA-B0A0", weight: "pretrained", scale: "spectral" },
} as const satisfies Rora;

const pieceTitles = { ci: "CI", tr: "Tr", pt: "Pt" } as const;
export const pieceNames = ["ci", "tr", "pt"] as const satisfies readonly (keyof Rora)[];

/** The pieces that are there, as the paper calls them; none without RoRA. */
export const piecesOf = (rora: Rora | null): string[] => pieceNames.filter((piece) => rora?.[piece]).map((piece) => pieceTitles[piece]);

/** Whether a method's A and B are a part of the pretrained weight when training begins; else their product starts at 0. */
export const startsInWeight = (method: string): boolean => method === "pissa" || method === "olora";

/** How RoRA is read where A and B start as a part of the weight, in words where it is not the default: what is rescaled, and what Tr and Pt take for W. */
export function readingOf({ tr, pt }: Rora): string[] {
  const residual = tr?.space === "residual" && pt?.weight === "residual";
  return [...pt?.delta === "BA" ? ["B A whole"] : [], ...residual ? ["residual weight"] : []];
}
