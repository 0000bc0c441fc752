/** The data that every later stage works on: labelled texts with a stable row number. */
export interface Example {
  /** Row number in the source file; stays with the example through splits and poisoning. A built row has that of the row it starts from. */
  readonly id: number;
  readonly text: string;
  /** Index into `Dataset.classes`. */
  readonly label: number;
}

export interface Dataset {
  readonly name: string;
  /** Class names by label: `["negative", "positive"]`. */
  readonly classes: readonly string[];
  readonly examples: readonly Example[];
  /** The source's own held-out rows, numbered for themselves; where it has none, the test rows come out of `examples`. */
  readonly heldOut?: readonly Example[];
  /** The source's own validation rows, numbered for themselves; where it has none, they come out of `examples`. */
  readonly validation?: readonly Example[];
  /** SHA-256 of the source file, or over those of several. */
  readonly digest: string;
}

export interface Split {
  readonly train: readonly Example[];
  readonly validation: readonly Example[];
  readonly test: readonly Example[];
}
