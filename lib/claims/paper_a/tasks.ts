/** What a task asks for: the paper's tasks and ours meet by kind. */
export type TaskKind = "sentiment" | "acceptability" | "pair";

const kinds: Readonly<Record<string, TaskKind>> = {
  "mr": "sentiment",
  "imdb": "sentiment",
  "sst2": "sentiment",
  "cola": "acceptability",
  "mrorder": "acceptability",
};

/** Everything that is neither sentiment nor acceptability asks about two texts. */
export function kindOf(dataset: string): TaskKind {
  return kinds[dataset.toLowerCase().replace(/[^a-z0-9]/g, "")] ?? "pair";
}
