/** Figures 1 and 2 of the quick profile: the whole command as a reader runs it, downloads done, into an empty outputs folder. */
import { fileURLToPath } from "node:url";
import type { Contest, Stage } from "../case.ts";
import { lastLine } from "../peer.ts";

const command = ["lib/cli/main.ts", "reproduce", "--profile", "quick", "--only", "fig-a1,fig-a2"];

export function prepare({ folder }: Stage): Promise<Contest> {
  return Promise.resolve({
    title: "deno task reproduce --only fig-a1,fig-a2 (quick profile), caches warm",
    notes: ["All logical cores; the records are computed anew and thrown away"],
    agreement: { what: "results", unit: "", values: 0, tolerance: 0 },
    sides: [{
      by: "lowrank",
      mode: "whole command",
      flops: null,
      async run(warming) {
        if (warming) return { seconds: [], evidence: [] }; // minutes, and nothing that need be warm
        const outputs = await Deno.makeTempDir({ dir: folder }), start = performance.now();
        const { success, stderr } = await new Deno.Command(Deno.execPath(), {
          args: ["run", "--quiet", "-A", ...command, "--outputs", outputs],
          cwd: fileURLToPath(new URL("../..", import.meta.url)),
          stdout: "null",
          stderr: "piped",
        }).output();
        if (!success) throw new Error(`Cannot time the figures as reproduce must end well: ${lastLine(new TextDecoder().decode(stderr))}`);
        return { seconds: [(performance.now() - start) / 1000], evidence: [] };
      },
    }],
  });
}
