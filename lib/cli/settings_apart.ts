/** The settings in which some runs differ, whatever they are: what tells them apart where no shorter name does. */
import type { RunConfig } from "../experiment/config.ts";

type Leaves = ReadonlyMap<string, string>;

/** Names, for a run among these, each setting but the seed in which they differ: `text cf, place bottom`. */
export function settingsApart(configs: readonly RunConfig[]): (config: RunConfig) => string[] {
  const all = configs.map(leavesOf), paths = [...new Set(all.flatMap((leaves) => [...leaves.keys()]))];
  const apart = paths.filter((path) => new Set(all.map((leaves) => leaves.get(path))).size > 1);
  return (config) => {
    const leaves = leavesOf(config);
    return apart.flatMap((path) => leaves.has(path) ? [`${path.split(".").at(-1)} ${leaves.get(path)}`] : []);
  };
}

/** Every setting by its path, without seeds; a list is one setting. */
function leavesOf(config: RunConfig): Leaves {
  const leaves = new Map<string, string>();
  const walk = (value: unknown, path: string) => {
    if (value !== null && typeof value === "object" && !Array.isArray(value)) {
      for (const [name, inner] of Object.entries(value)) if (name !== "seed") walk(inner, path ? `${path}.${name}` : name);
    } else {
      leaves.set(path, typeof value === "string" ? value : JSON.stringify(value));
    }
  };
  walk(config, "");
  return leaves;
}
