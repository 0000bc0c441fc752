/** Runs of paper B by the shape of what is planted in them: tables, sweeps over one setting, defences, scales. */
import { chain, films, settings, table } from "./fake_chains.ts";
import type { HeadSketch } from "./fake_margins.ts";
import { seeds, wobble } from "./fake_runs.ts";

export const main = [{ pair: films, trigger: "badnet" as const }];
export const both = settings.filter(({ pair }) => pair === films);
export const before = (asr: number, ca: number, proxyAsr = 0.99) => table({ FULL: [asr, ca] }, { tuned: false, proxyAsr });
export const variantsAt = (asr: number) => ({ PiSSA: asr, DoRA: asr, OLoRA: asr });
export const table2 = (rora: number | readonly [number, number], others = 0.95) =>
  table({ full: others, LoRA: others, ...variantsAt(others), "LoRA CI+Tr+Pt": rora });
export const table4 = (after: Readonly<Partial<Record<string, number | readonly [number, number]>>> = {}) =>
  table(Object.fromEntries(["LoRA", "PiSSA", "DoRA", "OLoRA"].flatMap((name) => [[name, 0.95], [`${name} CI+Tr+Pt`, after[name] ?? 0.2]])), {
    where: both,
  });
export const table5 = (change: Readonly<Record<string, number>> = {}) => {
  const arms = { CI: 0.3, Tr: 0.5, Pt: 0.4, "CI+Tr": 0.3, "CI+Pt": 0.2, "Tr+Pt": 0.35, "CI+Tr+Pt": 0.1, ...change };
  return table({ LoRA: 0.95, ...Object.fromEntries(Object.entries(arms).map(([pieces, asr]) => [`LoRA ${pieces}`, asr])) }, { where: both });
};
export const controls = (tr: number, l2: number, random: number, head: HeadSketch = {}) => [
  ...table({ LoRA: 0.95, "LoRA Tr": () => ({ asr: tr, head }) }, { where: main }),
  ...table({ "LoRA Tr": () => ({ asr: l2, head: {} }) }, { where: main, k: "full", differs: ["k"] }),
  ...table({ "LoRA Tr": () => ({ asr: random, head: {} }) }, { where: main, space: "random", differs: ["space"] }),
];
export const places = (top: number, middle: number, bottom: number) =>
  Object.entries({ top, middle, bottom }).flatMap(([place, asr]) =>
    table({ "LoRA Pt": asr }, { where: main, place: place as "top", differs: place === "top" ? [] : ["place"] })
  );
export const spectral = (ratios: readonly number[], alignment = 0.2) => table({ LoRA: () => ({ ratios, alignment }) });
/** Plain LoRA over ranks and lengths, with a ratio and an ASR for each. */
export const family = (
  ratio: (rank: number, epochs: number, seed: number) => number,
  asr: (rank: number, ratio: number) => number,
  alignment = (r: number) => r / 40,
  trigger = (r: number) => r / 20,
) =>
  [4, 8, 64].flatMap((rank) =>
    [2, 6].flatMap((epochs) =>
      table({
        LoRA: ({ seed }) => {
          const own = ratio(rank, epochs, seed);
          return { ratios: [own], asr: asr(rank, own), alignment: alignment(own), head: { trigger: trigger(own) } };
        },
      }, { where: main, rank, epochs, differs: [rank === 8 ? "" : "rank", epochs === 2 ? "" : "epochs"].filter(Boolean) })
    )
  );
export const apart = (rank: number, epochs: number, seed: number) => 3 + (rank * 7 + epochs * 3 + seed * 5) % 11; // no order in rank
export const onion = { name: "onion", bar: 100, reference: "whole" } as const, translated = { name: "back-translation", pivot: "pt" } as const;
export const behind = (asr: number, ca: number, back = 0.8) =>
  table({ LoRA: () => ({ defended: [[null, 0.95, 0.85], [onion, asr, ca], [translated, back, ca]] }) });
type AtScales = readonly (readonly [number, number, number?])[];
export const scaled = (lora: AtScales, rora: AtScales) =>
  table({ LoRA: () => ({ atScales: lora }), "LoRA CI+Tr": () => ({ atScales: rora }) }, { where: main });
export const falling: AtScales = [[8, 0.94], [32, 0.3], [128, 0.1, 0.84]], staying: AtScales = [[8, 0.96], [32, 0.97], [128, 0.98]];
export const early: AtScales = [[4, 0.1], [8, 0.05], [32, 0.02], [128, 0.01]];
export const sentence = (lora: readonly number[], rora: readonly number[]) =>
  table({ LoRA: () => ({ sentence: lora }), "LoRA CI+Tr+Pt": () => ({ sentence: rora }) });
export const perLayer = (own: number, global: number) => [
  ...table({ "LoRA Pt": own, "LoRA CI+Tr+Pt": own }, { where: main, rescaled: { a: 4, b: 12 } }),
  ...scaled([[8, global]], [[8, global]]),
];
export const onCola = (asr: number) => table({ full: asr, LoRA: asr }, { where: [{ pair: ["sst-2", "cola"], trigger: "badnet" }], poisonRate: 0 });
export const rates = (asrs: readonly number[]) =>
  [2e-4, 2e-3, 2e-2].flatMap((learningRate, i) => table({ LoRA: asrs[i] }, { where: main, learningRate, differs: i === 1 ? [] : ["learningRate"] }));

/** Full fine-tuning, the same of query and value alone, and LoRA, at two doses. */
export const overwritten = (full: number, partial: number, lora: number) =>
  seeds(5).flatMap((seed) =>
    [0.75, 0.15].flatMap((poisonRate) => {
      const at = { seed, poisonRate, differs: poisonRate === 0.75 ? [] : ["poisonRate"] }, noise = (name: string) => wobble(name, seed, poisonRate);
      return [
        chain({ ...at, method: "full", asr: full + noise("full") }),
        chain({ ...at, method: "full", partial: true, differs: [...at.differs, "only"], asr: partial + noise("partial") }),
        chain({ ...at, method: "lora", asr: lora + noise("lora") }),
      ];
    })
  );
