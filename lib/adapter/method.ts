/** How the pretrained weights may change: plain data that a config can hold. */
export type InitScheme = "kaiming-uniform" | "gaussian" | "xavier-normal";

export type Method =
  | { readonly name: "full" }
  | {
    readonly name: "lora";
    readonly rank: number;
    readonly alpha: number;
    /** `all`: every linear module, pooler and classifier included (paper A); `qv`: query and value (paper B). */
    readonly targets: "all" | "qv";
    readonly init: InitScheme;
    /** k of Var(A) = k / n_in; paper A's default is 1/3. */
    readonly initVariance: number;
    /** The factor that starts at 0, so that dW does; the other is drawn (paper A, appendix C). B unless said otherwise. */
    readonly zero: "A" | "B";
    /** Whether A is trained, or stays as it was drawn (paper A, appendix C). */
    readonly trainA: boolean;
  };
