/** What paper B's figures call data sets, attacks, methods and RoRA's pieces. */
import { methodTitle, methodTitles } from "../../adapter/method.ts";
import type { PaperBAttack, PaperBTask } from "../../claims/paper_b/published.ts";
import type { ChainRow } from "../../experiment/chain_rows.ts";
import { datasets, models, modelSuffix } from "../../experiment/inputs.ts";
import { neverPoisoned } from "./look.ts";
import { roraDefaults } from "../../train/rora/rora.ts";

/** The paper's own splits go by the names of their tasks. */
const titleOf = (dataset: ChainRow["proxy"]): string => datasets[dataset].title.replace(" (paper B)", "");

/** Proxy and target: `MR → product reviews`. */
export const tasksName = ({ proxy, target }: Pick<ChainRow, "proxy" | "target">): string => `${titleOf(proxy)} → ${titleOf(target)}`;

/** The same with the encoder where it is one of the paper's own. */
export const pairName = (row: Pick<ChainRow, "proxy" | "target" | "model">): string => tasksName(row) + modelSuffix(row.model);

export const attackNames: Readonly<Record<ChainRow["trigger"], PaperBAttack>> = { badnet: "BadNet", insent: "InSent" };

/** The paper's own pairs. */
export const paperPairs: Readonly<Record<PaperBTask, string>> = { "SST-2": "IMDB → SST-2", CR: "MR → CR", CoLA: "SST-2 → CoLA" };

/** The paper's task that stands beside a target: the same one, or the one of the same kind. */
export function paperTaskOf({ target }: Pick<ChainRow, "target">): PaperBTask | null {
  if (target === "product-reviews" || target === "paper-b-cr") return "CR";
  if (target === "mr" || target === "sst-2" || target === "paper-b-sst-2") return "SST-2";
  return target === "cola" || target === "paper-b-cola" ? "CoLA" : null;
}

/** The models of its published cells, as the legend names them. */
export const publishedNames = {
  BERT: "published: BERT-large",
  RoBERTa: "published: RoBERTa-large",
  LLaMA: "published: LLaMA",
} as const;

const methodNames = { ...methodTitles, full: "full fine-tuning" } as const;

export const methodName = ({ method }: Pick<ChainRow, "method">): string => methodTitle(method, methodNames);

/** RoRA's pieces in a run: `CI + Tr`; a piece that departs from what the method is says how. Empty without RoRA. */
export function piecesOf({ rora, model }: Pick<ChainRow, "rora" | "model">): string {
  if (!rora) return "";
  const { ci, tr, pt } = rora;
  const pieces = [
    ci && `${ci.site === roraDefaults.ci.site ? "CI" : `CI on the ${ci.site}`}${ci.rescale ? "" : ", not rescaled"}`,
    tr && constraintName(tr),
    pt && rescalingName(pt, models[model].layers),
  ];
  return pieces.filter(Boolean).join(" + ");
}

type Pieces = NonNullable<ChainRow["rora"]>;

function constraintName({ k, space, reduce }: NonNullable<Pieces["tr"]>): string {
  if (k === "full") return "plain L2 in place of Tr";
  const { tr } = roraDefaults, changed = [k === tr.k ? "" : `k = ${k}`, reduce === tr.reduce ? "" : `${reduce} over modules`].filter(Boolean);
  const directions = { pretrained: "", residual: " on the residual weight", random: " on random directions" }[space];
  return ["Tr", directions, changed.length ? ` with ${changed.join(", ")}` : ""].join("");
}

function rescalingName({ scale, layers, place, delta, weight }: NonNullable<Pieces["pt"]>, all: number): string {
  const left = weight === "residual" ? " by the residual weight" : "";
  if (delta === "BA") return `Pt of B A whole${left}`;
  const usual = place === roraDefaults.pt.place && layers === roraDefaults.pt.layers;
  const where = usual ? "" : layers === all ? " in every layer" : layers === 1 ? ` in the ${place} layer only` : ` in the ${place} ${layers} layers`;
  return scale === "spectral" ? `Pt${left}${where}` : `one scale s = ${scale} in place of Pt${where}`;
}

/** How an encoder was made, by what it is read with. */
export const encoderName = ({ poisonRate, trigger }: Pick<ChainRow, "poisonRate" | "trigger">): string =>
  poisonRate > 0 ? attackNames[trigger] : neverPoisoned;

/** A method as a reader knows it: `LoRA`, `PiSSA + RoRA`, `LoRA + CI + Tr`. */
export function armName(row: Pick<ChainRow, "method" | "rora" | "model">): string {
  const pieces = piecesOf(row), whole = pieces === "CI + Tr + Pt" ? "RoRA" : pieces;
  return whole ? `${methodName(row)} + ${whole}` : methodName(row);
}
