/**
 * Proposition 4.2 measured: alignments and thresholds of rows (B-0-3, B-4.2-1, B-4.2-2, B-4.2-4, B-4.3-5, B-5-1, B-5.3-2). On the classifier the
 * update is what training changed of it, with a scale of 1; through the network it is the adapters', with s = alpha / r.
 */
import { count } from "../../math/count.ts";
import { mean } from "../../math/statistics.ts";
import type { Chain, ChainRule } from "../chains.ts";
import type { Decider, Deciders } from "../decider.ts";
import { type NamedCell, type Outcome, together, untestable, voteOn } from "../outcome.ts";
import { pair, type Sign, voting } from "../rules/cell.ts";
import { above, below, everyOne, numericCell } from "../rules/numeric.ts";
import { aggregate } from "../verdict.ts";
import { signed } from "../words.ts";
import { allPieces, armOf, asr, besideNull, bySetting, differenceCells, meanCells, meanPercent, pairsOf, tenthsPercent } from "./arms.ts";
import { overCells } from "./numbers.ts";
import { leastAlignment, meanRho, medianOf, rhoClean, rhoEffective, rhoTrigger, shareAboveZero, shareUpTo, withHead } from "./rows.ts";

type Turning = Pick<NonNullable<Chain["network"]>, "exactScale" | "turned">;

/** Share of triggered rows with s_0 below s, at which they are classified so; s_0 is 0 for rows on which no backdoor works without the update. */
const turnedBy = ({ exactScale, turned }: Turning, s: number, chain: Chain): number =>
  exactScale ? Math.min(turned * shareUpTo(exactScale, s, 0), 1 - asr(chain)) : 0;

/**
 * B-0-3: share of triggered rows whose s_0 lies below the scale in use, plain LoRA, on the classifier (scale 1) and through the network (alpha / r):
 * read off the quantiles of s_0, and at most 1 - ASR, as the trained scale is where a margin is what the run itself says. Mean over settings and
 * both places below 10 %, refuted above 50 %.
 */
const rarelyReached: ChainRule = besideNull((chains) => {
  const condition = below(0.1, 0.5), rows = withHead(armOf(chains, "lora")).filter(({ network }) => network);
  const cells = [
    ...meanCells(rows, (chain) => turnedBy(chain.head!.update!, 1, chain), condition, ", classifier"),
    ...meanCells(rows, (chain) => turnedBy(chain.network!, chain.network!.scale, chain), condition, ", through the network"),
  ];
  return overCells(cells, (means) => mean(means), condition, {
    what: "triggered rows above their threshold after LoRA",
    name: "mean over settings",
    say: meanPercent,
    remarks: rows.length ? [`1 − ASR of the same runs: ${tenthsPercent(mean(rows.map((chain) => 1 - asr(chain))))}`] : [],
  });
});

/**
 * B-4.2-1, poisoned encoders before fine-tuning: whether the share of triggered rows with rho_bd > 0 is the ASR. The signs of the quantiles
 * say between which shares it lies: a seed agrees if the ASR does, give or take a row. A setting supports if all seeds agree; it opposes if
 * one whose ASR is above 95 % has rho_bd <= 0 at the 5 % quantile, so in 5 % of the rows or more. R-NUM in every setting.
 */
const bounded: ChainRule = besideNull((chains) => {
  const untuned = chains.filter((chain) => !chain.tuned && chain.poisonRate > 0 && chain.differs.length === 0 && chain.head);
  const cells = bySetting(untuned).map(([name, used]): NamedCell<Chain> => {
    const agrees = used.map((chain) => {
      const { least, most } = shareAboveZero(chain.head!.rhoBackdoor), row = 1 / chain.head!.rows;
      return least - row <= asr(chain) && asr(chain) <= most + row;
    });
    const fails = used.some((chain) => asr(chain) > 0.95 && chain.head!.rhoBackdoor[0] <= 0);
    const cell = pair(used.map(({ head }) => head!.rhoBackdoor[0]), 1, 0), all = agrees.every(Boolean);
    return { ...cell, vote: fails ? "opposes" : all ? "supports" : "open", direction: all && !fails ? 1 : -1, name, used };
  });
  const told = voting(cells).flatMap(({ used }) => used);
  return everyOne(cells, {
    what: "rho_bd exceeded by 95 % of the triggered rows before fine-tuning",
    say: meanRho,
    remarks: told.length
      ? [`median rho_bd ${signed(mean(told.map(({ head }) => medianOf(head!.rhoBackdoor))), 2)}; ASR ${tenthsPercent(mean(told.map(asr)))}`]
      : [],
  });
});

/**
 * B-4.2-2, LoRA and RoRA on the classifier: share of rows with rho_cl > 0, rho_tr < 1 and rho_eff > 0; its mean over settings and both methods above
 * 90 %, refuted below 50 %. Each share alone is told.
 */
const aligned: ChainRule = besideNull((chains) => {
  const condition = above(0.9, 0.5),
    arms = [["LoRA", ""], ["RoRA", allPieces]].map(([title, pieces]) => [title, withHead(armOf(chains, "lora", pieces))] as const);
  const told = arms.flatMap(([title, own]) => {
    const share = (name: "clean" | "trigger" | "effective") => tenthsPercent(mean(own.map(({ head }) => head!.update!.shares[name])));
    return own.length
      ? [`${title}: rho_cl > 0 in ${share("clean")} of the rows, rho_tr < 1 in ${share("trigger")}, rho_eff > 0 in ${share("effective")}`]
      : [];
  });
  const cells = arms.flatMap(([title, own]) => meanCells(own, ({ head }) => head!.update!.shares.update, condition, `, ${title}`));
  return overCells(cells, (means) => mean(means), condition, {
    what: "rows under the proposition's assumptions",
    name: "mean over settings",
    say: meanPercent,
    remarks: told,
  });
});

interface Foretold {
  readonly observed: boolean;
  /** By the median row: rho_eff > 0 on the classifier, and s above its s_0 through the network. */
  readonly median: boolean;
  /** By all rows: the foretold ASR is below 10 %, too. */
  readonly rows: boolean;
  /** Clean accuracy within 5 points of that as trained. */
  readonly accurate: boolean;
}

/** At each scale but the trained one, through which the margins' lines are drawn: whether the ASR is below 10 %, and whether the lines say so. */
function foretold(chain: Chain): Foretold[] {
  const lines = new Map(chain.network!.predicted.map((point) => [point.scale, point.attackSuccessRate]));
  return chain.atScales.flatMap(({ scale, attackSuccessRate, cleanAccuracy }) => {
    const rate = lines.get(scale);
    if (rate === undefined || scale === chain.network!.scale) return [];
    const accurate = cleanAccuracy >= chain.cleanAccuracy - 0.05;
    return [{ observed: attackSuccessRate < 0.1, median: rhoEffective(chain) > 0 && rate < 0.5, rows: rate < 0.1, accurate }];
  });
}

/** Mean of the shares of both kinds of points that are foretold; null where one kind is missing. */
function balancedAccuracy(points: readonly Foretold[], by: "median" | "rows"): number | null {
  const right = [true, false].map((kind) => points.filter(({ observed }) => observed === kind).map((point) => Number(point[by] === kind)));
  return right.some(({ length }) => length === 0) ? null : mean(right.map((own) => mean(own)));
}

/**
 * B-4.2-4, LoRA, with CI, Tr and both, from proxies with each dose of poison that is swept, at each scale but the trained one: an ASR below 10 % is foretold where
 * rho_eff of the median row is above 0 on the classifier and s is above the median row's s_0 through the network, that is, where the straight lines
 * foretell an ASR below 50 %. Balanced accuracy over runs and scales at least .8, refuted at .6 or less; untestable where the ASR is below 10 %
 * nowhere or everywhere. What all rows foretell, an ASR below 10 %, is told, and each dose's own balanced accuracy.
 */
const suppresses: ChainRule = besideNull((chains) => {
  const used = ["", "CI", "Tr", "CI+Tr"].flatMap((pieces) => withHead(armOf(chains, "lora", pieces, ["poisonRate"]))).filter((
    { network, atScales },
  ) => network && atScales.length > 0);
  const points = used.flatMap(foretold), low = points.filter(({ observed }) => observed), found = balancedAccuracy(points, "median");
  if (points.length === 0) return null;
  const seeds = new Set(used.map(({ seed }) => seed)).size, seen = `an ASR below 10 % at ${low.length} of ${count(points.length, "scale")}`;
  if (found === null) return untestable({ effect: seen, ours: seen, used, seeds });
  const said = `balanced accuracy ${found.toFixed(2)}`;
  const apart = bySetting(used),
    alone = apart.length < 2 ? [] : apart.map(([name, own]) => {
      const accuracy = balancedAccuracy(own.flatMap(foretold), "median");
      return `${name}: ${accuracy === null ? "an ASR below 10 % nowhere or everywhere" : `balanced accuracy ${accuracy.toFixed(2)}`}`;
    });
  const outcome: Outcome<Chain> = {
    verdict: found >= 0.8 ? "reproduced" : found <= 0.6 ? "not reproduced" : "partly",
    direction: found - 0.8,
    effect: `an ASR below 10 % foretold by the median row: ${said} over ${count(points.length, "scale")} of ${count(used.length, "run")}`,
    ours: said,
    used,
    seeds,
    remarks: [
      `${seen}, clean accuracy within 5 points of that as trained at ${low.filter(({ accurate }) => accurate).length} of them`,
      `by the ASR that all rows' lines foretell: balanced accuracy ${balancedAccuracy(points, "rows")!.toFixed(2)}`,
      `median rho_eff on the classifier: ${signed(mean(used.map(rhoEffective)), 2)}`,
      ...alone,
    ],
  };
  return outcome;
});

/**
 * B-4.3-5, plain LoRA: share of the mean clean margin that comes from the update, through the network with the adapters taken out and on the
 * classifier: mean over settings below 30 %, refuted above 60 %, in both places (R-AGG). Runs without a positive margin have no share.
 */
const mostIsInherited: ChainRule = (chains) => {
  const condition = below(0.3, 0.6), rows = withHead(armOf(chains, "lora")).filter(({ network }) => network && network.clean.with > 0);
  const part = (place: string, share: (chain: Chain) => number) =>
    overCells(meanCells(rows, share, condition), (means) => mean(means), condition, {
      what: `share of the clean margin by the update, ${place}`,
      name: "mean over settings",
      say: meanPercent,
    });
  const network = part("through the network", ({ network }) => network!.cleanShare),
    head = part("on the classifier", ({ head }) => head!.update!.cleanShare);
  const found = together([network, head], aggregate);
  return found && { ...found, remarks: [`median rho_cl on the classifier: ${signed(mean(rows.map(rhoClean)), 2)}`] };
};

/** Mean over the modules that Pt rescaled of ln of sigma_max(W_pre) / sigma_max(s BA), by its own scales less by LoRA's from the same encoder. */
function ratioChange([rescaled, plain]: readonly [Chain, Chain]): number {
  const of = (chain: Chain, scaleAt: (module: string, trained: number) => number) =>
    mean(
      chain.spectra.filter(({ module }) => module in rescaled.rescaled!).map(({ module, pretrained, update, scale }) =>
        Math.log(pretrained / (scaleAt(module, scale) * update))
      ),
    );
  return of(rescaled, (module) => rescaled.rescaled![module]) - of(plain, (_, trained) => trained);
}

/**
 * B-5-1, against LoRA from the same encoders: on the classifier the median row's rho_cl rises with CI and its rho_tr falls with Tr:
 * R-PAIR(0.01) each; ln of the spectral ratio of the rescaled modules falls with Pt: R-PAIR. Each piece alone and in CI + Tr or the whole; R-VOTE for
 * each sign, R-AGG over the three; not reproduced where more cells of one go the other way. s / s_0 of the median row is told.
 */
const builtForTheThreshold: ChainRule = besideNull((chains) => {
  const plain = withHead(armOf(chains, "lora")),
    arms = (...names: string[]) => names.map((pieces) => ({ pieces, own: armOf(chains, "lora", pieces) }));
  const moved = (what: string, names: readonly string[], measure: (chain: Chain) => number, sign: Sign) => ({
    what,
    cells: arms(...names).flatMap(({ pieces, own }) =>
      differenceCells(pairsOf(withHead(own), plain), measure, (values) => pair(values, sign, leastAlignment), `, ${pieces}`)
    ),
  });
  const ratio = arms("Pt", allPieces).flatMap(({ pieces, own }) =>
    pairsOf(own.filter(({ rescaled, spectra }) => rescaled && spectra.length), plain.filter(({ spectra }) => spectra.length)).map((
      { name, pairs },
    ): NamedCell<Chain> => ({ ...pair(pairs.map(ratioChange), -1, 0), name: `${name}, ${pieces}`, used: pairs.flat() }))
  );
  const signs = [
    moved("rho_cl, with CI − LoRA", ["CI", "CI+Tr"], rhoClean, 1),
    moved("rho_tr, with Tr − LoRA", ["Tr", "CI+Tr"], rhoTrigger, -1),
    { what: "ln of the spectral ratio of rescaled modules, with Pt − LoRA", cells: ratio },
  ];
  if (signs.some(({ cells }) => cells.length === 0)) return null;
  const reversed = signs.some(({ cells }) => {
    const votes = (vote: string) => cells.filter((cell) => cell.vote === vote).length;
    return votes("opposes") > votes("supports");
  });
  const found = together(
    signs.map(({ what, cells }) => voteOn(cells, { what, say: meanRho })),
    (all) => reversed ? "not reproduced" : aggregate(all),
  );
  const told = arms("", "CI", "Tr", "CI+Tr").flatMap(({ pieces, own }) => {
    const known = own.flatMap(({ network }) =>
      network?.exactScale && medianOf(network.exactScale) > 0 ? network.scale / medianOf(network.exactScale) : []
    );
    return known.length ? [`${pieces ? `LoRA + ${pieces.replace("+", " + ")}` : "LoRA"} ${mean(known).toFixed(2)}`] : [];
  });
  return found && { ...found, remarks: [...found.remarks ?? [], ...told.length ? [`s / s_0 of the median row that turns: ${told.join(", ")}`] : []] };
});

/** B-5.3-2: rho_eff of the median row on the classifier, RoRA, before any rescaling: mean over settings above .8, refuted below .5. */
const nearOne: ChainRule = (chains) => {
  const condition = above(0.8, 0.5),
    whole = withHead(armOf(chains, "lora", allPieces)),
    known = new Set(whole.map(({ start, trigger }) => `${start} ${trigger}`));
  const rows = [...whole, ...withHead(armOf(chains, "lora", "CI+Tr")).filter(({ start, trigger }) => !known.has(`${start} ${trigger}`))];
  const cells = bySetting(rows).map(([name, own]) => numericCell(name, own.map(rhoEffective), condition, own)),
    plain = withHead(armOf(chains, "lora"));
  return overCells(cells, (means) => mean(means), condition, {
    what: "rho_eff on the classifier under CI and Tr",
    name: "mean over settings",
    say: meanRho,
    remarks: plain.length ? [`after LoRA: ${signed(mean(plain.map(rhoEffective)), 2)}`] : [],
  });
};

const measured = "margins of held-out rows on the classifier and through the network";
const by = (rule: ChainRule, link: string, runs: string): Decider => ({ from: "chains", rule, needs: `${measured}, ${runs} (${link})`, link });

export const marginsMeasured: Deciders = {
  "B-0-3": by(rarelyReached, "table-b2", "plain LoRA from poisoned encoders"),
  "B-4.2-1": by(bounded, "table-b1", "poisoned encoders before fine-tuning"),
  "B-4.2-2": by(aligned, "table-b2", "LoRA and RoRA from poisoned encoders"),
  "B-4.2-4": by(suppresses, "fig-b-threshold", "LoRA and RoRA before rescaling at larger scales"),
  "B-4.3-5": by(mostIsInherited, "table-b2", "plain LoRA from poisoned encoders"),
  "B-5-1": by(builtForTheThreshold, "table-b5", "LoRA with CI, Tr, Pt and without, from the same poisoned encoders"),
  "B-5.3-2": by(nearOne, "table-b5", "LoRA with CI and Tr from poisoned encoders"),
};
