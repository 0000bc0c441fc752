/** A synthetic report for tests: figures over made-up records, a small notebook, and hostile text wherever text can come from. */
import { paperCurves } from "../../lib/figure/paper.ts";
import { figures } from "../../lib/figure/registry.ts";
import { renderSvg } from "../../lib/figure/svg.ts";
import { figure, table } from "../../lib/report/display.ts";
import type { Cell, Output } from "../../lib/report/notebook.ts";
import type { Report } from "../../lib/report/page.ts";
import { makeSweep } from "./records.ts";

export const hostile = "<script>alert(1)</script> </script><img src=x onerror=alert(2)>";

const markdownCell = (source: string): Cell => ({ cell_type: "markdown", metadata: {}, source });
const codeCell = (source: string, outputs: Output[] = []): Cell => ({ cell_type: "code", metadata: {}, source, execution_count: 1, outputs });
const shown = (data: Record<string, unknown>): Output => ({ output_type: "execute_result", execution_count: 1, data, metadata: {} });
const bundleOf = (displayable: ReturnType<typeof table>) => displayable[Symbol.for("Jupyter.display") as keyof typeof displayable]();

export async function makeReport(): Promise<Report> {
  const records = makeSweep(), of = figures.filter(({ id }) => ["fig-a1", "fig-a2", "fig-a6", "fig-a7", "fig-a8"].includes(id));
  const drawn = await Promise.all(of.map(({ draw }) => draw(records, paperCurves())));
  const [first] = drawn;
  const hostileSpec = { ...first.spec, description: hostile, usermeta: { embedOptions: { actions: true } } };
  return {
    title: "Does LoRA lower robustness? An executable edition",
    intro:
      "Training-time attacks on low-rank adaptation, $\\Delta W = \\frac{\\alpha}{r} B A$, computed **here** and drawn over the published curves.",
    tables: [{
      id: "fig-a1",
      title: hostile,
      rows: [{ "runs": "FF, clean", "seeds": 3, "clean accuracy": ".750" }, { "runs": hostile, "seeds": 1 }],
    }],
    figures: drawn.map((figure) => ({ ...figure, paper: "a" })),
    notebooks: [{
      name: "a4-2-backdoor",
      title: "A4.2 Backdoor poisoning",
      cells: [
        markdownCell(
          `# Backdoor poisoning\n\nThe trigger $[.*?]$ is appended to $\\rho N$ rows. ${hostile}\n\n$$\n\\mathrm{ASR} = 1\n- \\frac{\\text{acc} - \\pi \\cdot \\text{rec}}{1 - \\pi}\n$$\n\n![remote](https://example.org/a.png)\n\n| a | b |\n|---|---|\n| 1 | 2 |`,
        ),
        codeCell(`import { figures } from "lowrank";\nconst rate: number = 0.01; // ${hostile}`, [
          { output_type: "stream", name: "stdout", text: ["\u001b[31m3 runs\u001b[0m\n", hostile] },
        ]),
        codeCell("table(rows)", [shown(bundleOf(table([{ text: hostile, label: 1 }])))]),
        codeCell("html", [shown({ "text/html": `<p onclick="alert(3)">kept</p>${hostile}<style>p{}</style><b>bold` })]),
        codeCell("figure(drawn)", [shown(bundleOf(figure({ spec: hostileSpec, svg: await renderSvg(first), alt: first.alt })))]),
        codeCell("throw new Error()", [{ output_type: "error", ename: "Error", evalue: hostile, traceback: [] }]),
      ],
    }],
    records,
    published: records,
    profile: { name: "quick", settings: [{ setting: "seeds", value: "1, 2, 3" }, { setting: "learning rate, FF", value: "`5e-5`" }] },
  };
}
