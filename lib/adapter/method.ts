/** How the pretrained weights may change: plain data that a config can hold. */
export type InitScheme = "kaiming-uniform" | "gaussian" | "xavier-normal";

/** What every low-rank method says: dW = (alpha / rank) B A. */
export interface LowRank {
  readonly rank: number;
  readonly alpha: number;
  /** `all`: every linear module, pooler and classifier included (paper A); `qv`: query and value (paper B). */
  readonly targets: "all" | "qv";
  /** Rate of dropout on what enters the low-rank path, while training; 0 unless said. */
  readonly dropout?: number;
}

export interface Lora extends LowRank {
  readonly name: "lora";
  readonly init: InitScheme;
  /** k of Var(A) = k / n_in; paper A's default is 1/3. */
  readonly initVariance: number;
  /** The factor that starts at 0, so that dW does; the other is drawn (paper A, appendix C). B unless said otherwise. */
  readonly zero: "A" | "B";
  /** Whether A is trained, or stays as it was drawn (paper A, appendix C). */
  readonly trainA: boolean;
}

export interface Full {
  readonly name: "full";
  /** `qv`: the weights of query and value alone, those that paper B adapts (and the classifier); left out: everything. */
  readonly only?: "qv";
}

export type Method =
  | Full
  | Lora
  /** The factors start as the leading singular triplets of the weight, which loses them. */
  | LowRank & { readonly name: "pissa" }
  /** The factors start as the leading part of the weight's QR decomposition, which it loses. */
  | LowRank & { readonly name: "olora" }
  /** LoRA of the weight's direction, with the length of each of its rows trained apart. */
  | LowRank & { readonly name: "dora" };

export type LowRankMethod = Exclude<Method, { name: "full" }>;

/** s = alpha / r. */
export const scaleOf = ({ alpha, rank }: Pick<LowRank, "alpha" | "rank">): number => alpha / rank;

/** Where LoRA starts by default: A Kaiming-uniform with k = 1/3, B at 0; both are trained. */
export const usualStart = { init: "kaiming-uniform", initVariance: 1 / 3, zero: "B", trainA: true } as const;

/** Whether k is the default, 1/3, to the digits of who wrote it. */
export const hasUsualVariance = ({ initVariance }: Pick<Lora, "initVariance">): boolean => Math.abs(initVariance - usualStart.initVariance) < 1e-3;

/** LoRA's size by default. */
export const usualSize = { rank: 8, alpha: 16 } as const;

export const hasUsualSize = ({ rank, alpha }: Pick<Lora, "rank" | "alpha">): boolean => rank === usualSize.rank && alpha === usualSize.alpha;

/** Whether LoRA is as the papers' figures have it, on every linear module and from the usual start, whatever rank, alpha and k. */
export const isPlain = ({ targets, init, zero, trainA }: Pick<Lora, "targets" | "init" | "zero" | "trainA">): boolean =>
  targets === "all" && init === usualStart.init && zero === usualStart.zero && trainA === usualStart.trainA;

/** Whether all of LoRA is as paper A's main experiments have it. */
export const isUsual = (lora: Omit<Lora, "name" | "dropout">): boolean => hasUsualSize(lora) && isPlain(lora) && hasUsualVariance(lora);

/** What readers call their families. */
export const methodTitles = { full: "FF", lora: "LoRA", pissa: "PiSSA", dora: "DoRA", olora: "OLoRA" } as const satisfies Record<
  Method["name"],
  string
>;

/** What readers call a method: `LoRA`; `FF of query and value`. `families`: in place of the usual names. */
export const methodTitle = (method: Method, families: Readonly<Record<Method["name"], string>> = methodTitles): string =>
  families[method.name] + (isPartial(method) ? " of query and value" : "");

/** Whether full fine-tuning leaves most weights alone. */
export const isPartial = (method: Method): boolean => method.name === "full" && method.only !== undefined;
