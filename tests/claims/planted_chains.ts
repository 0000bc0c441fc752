/** Made-up runs of paper B with each claim's effect planted, and with the opposite. */
import type { Chain } from "../../lib/claims/chains.ts";
import { chain, films, settings, sweepOf, table } from "./fake_chains.ts";
import type { HeadSketch } from "./fake_margins.ts";
import { seeds, wobble } from "./fake_runs.ts";
import { plantedMargins } from "./planted_margins.ts";

export const main = [{ pair: films, trigger: "badnet" as const }];
export const both = settings.filter(({ pair }) => pair === films);
const before = (asr: number, ca: number, proxyAsr = 0.99) => table({ FULL: [asr, ca] }, { tuned: false, proxyAsr });
const variantsAt = (asr: number) => ({ PiSSA: asr, DoRA: asr, OLoRA: asr });
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
const places = (top: number, middle: number, bottom: number) =>
  Object.entries({ top, middle, bottom }).flatMap(([place, asr]) =>
    table({ "LoRA Pt": asr }, { where: main, place: place as "top", differs: place === "top" ? [] : ["place"] })
  );
const spectral = (ratios: readonly number[], alignment = 0.2) => table({ LoRA: () => ({ ratios, alignment }) });
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
const behind = (asr: number, ca: number, back = 0.8) =>
  table({ LoRA: () => ({ defended: [[null, 0.95, 0.85], [onion, asr, ca], [translated, back, ca]] }) });
type AtScales = readonly (readonly [number, number, number?])[];
const scaled = (lora: AtScales, rora: AtScales) =>
  table({ LoRA: () => ({ atScales: lora }), "LoRA CI+Tr": () => ({ atScales: rora }) }, { where: main });
export const falling: AtScales = [[8, 0.94], [32, 0.3], [128, 0.1, 0.84]], staying: AtScales = [[8, 0.96], [32, 0.97], [128, 0.98]];
const early: AtScales = [[4, 0.1], [8, 0.05], [32, 0.02], [128, 0.01]];
const sentence = (lora: readonly number[], rora: readonly number[]) =>
  table({ LoRA: () => ({ sentence: lora }), "LoRA CI+Tr+Pt": () => ({ sentence: rora }) });
const perLayer = (own: number, global: number) => [
  ...table({ "LoRA Pt": own, "LoRA CI+Tr+Pt": own }, { where: main, rescaled: { a: 4, b: 12 } }),
  ...scaled([[8, global]], [[8, global]]),
];
const onCola = (asr: number) => table({ full: asr, LoRA: asr }, { where: [{ pair: ["sst-2", "cola"], trigger: "badnet" }], poisonRate: 0 });
const rates = (asrs: readonly number[]) =>
  [2e-4, 2e-3, 2e-2].flatMap((learningRate, i) => table({ LoRA: asrs[i] }, { where: main, learningRate, differs: i === 1 ? [] : ["learningRate"] }));

/** [claim, runs that have the effect, its verdict, what it says, runs that have the opposite, its verdict, what it says]. */
type Row = readonly [string, readonly Chain[], string, RegExp, readonly Chain[], string, RegExp];
export const refuted = "refuted by counter-example", no = "not reproduced";

/** Full fine-tuning, the same of query and value alone, and LoRA, at two doses. */
const overwritten = (full: number, partial: number, lora: number) =>
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

export const planted: readonly Row[] = [
  [
    "B-1-1",
    overwritten(0.3, 0.9, 0.9),
    "reproduced",
    /FF − FF of query and value: −(59|60)\.\d points/,
    overwritten(0.9, 0.3, 0.9),
    no,
    /FF − FF of query and value: \+(59|60)\.\d/,
  ],
  [
    "B-4.1-1",
    table({ full: 0.3, LoRA: 0.9 }),
    "reproduced",
    /LoRA − FF: \+(59|60)\.\d points/,
    table({ full: 0.9, LoRA: 0.3 }),
    no,
    /LoRA − FF: −(59|60)\.\d/,
  ],
  ["B-6.1-1", table2(0.1), "reproduced", /median over settings 95\.\d %/, table2(0.1, 0.5), no, /median over settings 50\.\d %|49\.\d %/],
  ["B-6.1-2", table2(0.1), "reproduced", /median (94|95)\.\d %/, table2(0.1, 0.4), no, /median (39|40)\.\d %/],
  ["B-A.1-4", rates([0.9, 0.92, 0.9]), "reproduced", /: [12]\.\d %/, rates([0.95, 0.6, 0.3]), no, /: 6\d\.\d %/],
  [
    "B-6.1-3",
    behind(0.5, 0.8),
    "reproduced",
    /falls in 8 of 8 cells, to 25 % or less in 0/,
    behind(0.94, 0.8, 0.94),
    no,
    /falls in 0 of 8 cells/,
  ],
  ["B-6.1-4", behind(0.5, 0.8), "reproduced", /−5\.0 points/, behind(0.5, 0.88), no, /\+3\.0 points/],
  ["B-4.3-4", before(0.99, 0.8), "reproduced", /\+2\d\.\d points/, before(0.99, 0.53), no, /(\+|−)\d\.\d points/],
  ["B-A.3-5", before(0.99, 0.8), "reproduced", /\+2\d\.\d points/, before(0.99, 0.53), no, /(\+|−)\d\.\d points/],
  ["B-A.3-6", before(0.99, 0.8), "reproduced", /\+2\d\.\d points/, before(0.99, 0.53), no, /(\+|−)\d\.\d points/],
  ["B-6-1", before(0.99, 0.8), "reproduced", /99\.0 %|98\.\d %/, before(0.9, 0.8, 0.9), no, /90\.\d %|89\.\d %/],
  ["B-6-3", onCola(0.1), "reproduced", /(9|10)\.\d %/, onCola(0.97), no, /9[67]\.\d %/],
  ["B-4.3-1", spectral([6, 7, 8]), "reproduced", /median ratio 7\.00, smallest 6\.00/, spectral([0.5, 7, 8]), refuted, /smallest 0\.50/],
  ["B-4.3-2", spectral([6, 7, 8]), "reproduced", /: 0\.0\d/, spectral([0.4, 1, 6]), no, /: [2-9]\.\d\d/],
  ["B-4.3-6", spectral([6, 7, 8], 0.3), "reproduced", /: 1\.00/, spectral([6, 7, 8], 0.05), no, /: 0\.00/],
  [
    "B-5.1-2",
    table({ "LoRA CI": () => ({ ratios: [3], head: { clean: 0.7, alone: 0.9 } }), LoRA: () => ({ ratios: [6], head: { clean: 0.5, alone: 0.7 } }) }),
    "reproduced",
    /\+0\.69; rho_cl, .*: \+0\.20; .*: \+20\.0 points/,
    table({ "LoRA CI": () => ({ ratios: [6], head: { clean: 0.5, alone: 0.7 } }), LoRA: () => ({ ratios: [3], head: { clean: 0.7, alone: 0.9 } }) }),
    no,
    /−0\.69; rho_cl, .*: −0\.20; .*: −20\.0 points/,
  ],
  [
    "B-0-2",
    family(apart, (_, ratio) => ratio / 20),
    "reproduced",
    /rho \+(1\.00|0\.9\d)/,
    family(apart, (rank) => 0.2 + rank / 100),
    no,
    /rho [+−]?0\.\d/,
  ],
  [
    "B-4.1-3",
    family(apart, (_, ratio) => ratio / 20),
    "reproduced",
    /rho \+(1\.00|0\.9\d)/,
    family(apart, (rank) => 0.2 + rank / 100),
    no,
    /rho [+−]?0\.\d/,
  ],
  [
    "B-4.3-3",
    family(apart, (_, ratio) => ratio / 20),
    "partly",
    /rho \+(1\.00|0\.9\d)/,
    family(apart, (_, ratio) => 1 - ratio / 20),
    no,
    /rho −(1\.00|0\.9\d)/,
  ],
  [
    "B-4.3-7",
    family(apart, (_, ratio) => ratio / 20),
    "reproduced",
    /ASR .*: rho \+(1\.00|0\.9\d); correlation of rho_tr .*: rho \+1\.00/,
    family(apart, (_, ratio) => 1 - ratio / 20, undefined, (ratio) => 1 - ratio / 20),
    no,
    /ASR .*: rho −(1\.00|0\.9\d); correlation of rho_tr .*: rho −1\.00/,
  ],
  ["B-5.3-1", perLayer(0.1, 0.5), "reproduced", /\+(39|40)\.\d points/, perLayer(0.5, 0.1), no, /−(39|40)\.\d points/],
  ["B-5.4-1", scaled(falling, falling), "reproduced", /tau −1\.00/, scaled(staying, staying), no, /tau \+(1\.00|0\.\d+)/],
  [
    "B-5.4-2",
    scaled([[4, 0.95], [8, 0.2]], []),
    "reproduced",
    /over 66\.7 % of the scales, largest fall within a factor 4: 7\d\.\d %/,
    scaled([[4, 0.7], [8, 0.6], [32, 0.4], [128, 0.2]], []),
    no,
    /over 20\.0 % .*: 35\.\d %/,
  ],
  ["B-5.4-3", scaled([[128, 0.1, 0.7]], []), "reproduced", /−1[45]\.\d points/, scaled([[128, 0.1, 0.9]], []), no, /\+[45]\.\d points/],
  ["B-5.4-4", scaled(falling, early), "reproduced", /LoRA − RoRA: \+5\.0/, scaled(early, falling), no, /LoRA − RoRA: −5\.0/],
  ["B-5.4-5", table5({ Pt: 0.8 }), "reproduced", /^0 of \d+ runs forget/, table5({ CI: 0.05 }), refuted, /^10 of 30 runs forget/],
  ["B-6.1-5", table2(0.1), "reproduced", /4 of 4 settings/, table2([0.97, 0.8]), no, /0 of 4 settings/],
  ["B-6.1-6", table2(0.1), "reproduced", /median over settings 89\.\d %|90\.\d %/, table2(0.9), no, /median over settings 5\.\d %|4\.\d %/],
  [
    "B-6.1-21",
    sentence([0.9, 0.97, 0.4], [0.1, 0.2, 0.6]),
    "reproduced",
    /paper shows it: 66\.7 %/,
    sentence([0.1, 0.2, 0.6], [0.9, 0.97, 0.4]),
    no,
    /paper shows it: 33\.3 %/,
  ],
  ["B-6.1-7", table2(0.1), "reproduced", /(\+|−)?0\.\d points/, table2([0.1, 0.75]), no, /−(9|10)\.\d points/],
  ["B-6.1-15", table4(), "reproduced", /−7\d\.\d points/, table4({ PiSSA: 1 }), "partly", /−\d\d\.\d points/],
  [
    "B-6.1-16",
    table4(),
    "reproduced",
    /(\+|−)?0\.\d points/,
    table4({ LoRA: [0.2, 0.75], PiSSA: [0.2, 0.75], DoRA: [0.2, 0.75] }),
    no,
    /−[78]\.\d points/,
  ],
  ["B-6.1-19", table4(), "reproduced", /(19|20)\.\d %/, table4({ DoRA: 0.7 }), refuted, /(69|70)\.\d %/],
  ["B-6.1-20", table4(), "reproduced", /on 4 of 4 methods/, table4({ LoRA: 0.8, PiSSA: 0.8, DoRA: 0.8, OLoRA: 0.8 }), no, /on 0 of 4 methods/],
  ["B-6.2-1", table5(), "reproduced", /\+5\d\.\d points/, table5({ Tr: 1 }), "partly", /\+\d\d\.\d points/],
  ["B-6.2-2", table5(), "reproduced", /−5\d\.\d points/, table5({ CI: 0.93, Tr: 0.93 }), no, /−[12]\.\d points/],
  ["B-6.2-3", table5(), "reproduced", /−(9|10)\.\d points/, table5({ "CI+Pt": 0.02 }), refuted, /\+[78]\.\d points/],
  ["B-6.2-4", table5({ Tr: 0.95 }), "reproduced", /9[45]\.\d %/, table5({ Tr: 0.2 }), no, /(19|20)\.\d %/],
  ["B-6.2-5", table5({ CI: 0.2 }), "reproduced", /(19|20)\.\d %/, table5(), no, /(29|30)\.\d %/],
  ["B-6.2-6", table5(), "reproduced", /(9|10)\.\d %/, table5({ "CI+Tr+Pt": 0.5 }), no, /(49|50)\.\d %/],
  ["B-6.2-7", table5(), "reproduced", /−(19|20)\.\d points/, table5({ "CI+Pt": 0.02 }), no, /−(19|20)\.\d points/],
  [
    "B-5.2-4",
    controls(0.3, 0.6, 0.6, { clean: 0.6, trigger: 0.3 }),
    "reproduced",
    /rho_tr, .*: −0\.20; rho_cl, .*: \+0\.10; ASR, .*: −(29|30)\.\d points/,
    controls(0.6, 0.3, 0.6, { clean: 0.4, trigger: 0.7 }),
    no,
    /rho_tr, .*: \+0\.20; rho_cl, .*: −0\.10; ASR, .*: \+1[45]\.\d points/,
  ],
  ["B-A.1-1", places(0.3, 0.6, 0.7), "reproduced", /\+3[45]\.\d points/, places(0.6, 0.3, 0.7), no, /−(9|10)\.\d points/],
  ...plantedMargins,
  [
    "B-6.2-8",
    sweepOf("lambda", 10, { 1: 0.2, 10: 0.2, 20: 0.6 }),
    "reproduced",
    /(\+|−)?0\.\d points/,
    sweepOf("lambda", 10, { 1: 0.2, 10: 0.6 }),
    no,
    /20\.\d|19\.\d/,
  ],
  [
    "B-6.2-10",
    sweepOf("lambda", 10, { 1: 0.2, 10: 0.2, 20: 0.2 }),
    "reproduced",
    /: 0\.\d points/,
    sweepOf("lambda", 10, { 1: 0.2, 10: 0.2, 20: 0.6 }),
    no,
    /\+40\.\d|39\.\d/,
  ],
  [
    "B-6.2-11",
    sweepOf("rate", 0.1, { 0.05: 0.1, 0.1: 0.1, 0.3: 0.9 }),
    "reproduced",
    /ASR: (9|10)\.\d %/,
    sweepOf("rate", 0.1, { 0.05: [0.6, 0.7], 0.1: [0.6, 0.9] }),
    no,
    /ASR: (59|60)\.\d %/,
  ],
  [
    "B-6.2-12",
    sweepOf("rate", 0.1, { 0.05: 0.5, 0.1: 0.1 }),
    "reproduced",
    /p 0\.05 − p 0\.1: \+(39|40)\.\d/,
    sweepOf("rate", 0.1, { 0.05: 0.1, 0.1: 0.5 }),
    no,
    /: −(39|40)\.\d/,
  ],
  [
    "B-6.2-13",
    sweepOf("rate", 0.1, { 0.1: 0.1, 0.3: [0.6, 0.75] }),
    "reproduced",
    /accuracy, p 0\.3 − p 0\.1: −(9|10).*ASR, p 0\.3 − p 0\.1: \+(49|50)/,
    sweepOf("rate", 0.1, { 0.1: 0.6, 0.3: [0.1, 0.9] }),
    no,
    /ASR, p 0\.3 − p 0\.1: −(49|50)/,
  ],
  [
    "B-6.2-14",
    sweepOf("rate", 0.1, { 0.05: 0.5, 0.1: 0.1, 0.3: 0.6 }),
    "reproduced",
    /p = 0\.1 on 5 seeds/,
    sweepOf("rate", 0.1, { 0.05: 0.5, 0.1: 0.4, 0.3: 0.1 }),
    no,
    /p = 0\.3 on 5 seeds/,
  ],
  [
    "B-A.3-1",
    sweepOf("rank", 8, { 4: 0.1, 8: 0.1, 64: 0.6 }),
    "reproduced",
    /ASR over rank, .*: (\+|−)?0\.\d points/,
    sweepOf("rank", 8, { 4: [0.1, 0.7], 8: [0.6, 0.85] }),
    no,
    /ASR over rank/,
  ],
  [
    "B-A.3-2",
    sweepOf("rank", 8, { 8: 0.1, 64: 0.3 }),
    "reproduced",
    /rank 64 − rank 8: \+(19|20)\.\d/,
    sweepOf("rank", 8, { 8: 0.3, 64: 0.1 }),
    no,
    /rank 64 − rank 8: −(19|20)\.\d/,
  ],
  [
    "B-A.3-3",
    sweepOf("alpha", 16, { 16: 0.05, 64: 0.1, 128: 0.9 }),
    "reproduced",
    /ASR: 7\.\d %/,
    sweepOf("alpha", 16, { 16: 0.5, 64: 0.6 }),
    no,
    /ASR: 5\d\.\d %/,
  ],
  [
    "B-A.3-4",
    sweepOf("alpha", 16, { 16: 0.1, 128: 0.7 }),
    "reproduced",
    /alpha 128 − alpha 16: \+(59|60)\.\d/,
    sweepOf("alpha", 16, { 16: 0.7, 32: 0.6, 128: 0.1 }),
    no,
    /alpha 128 − alpha 32: −(49|50)\.\d/,
  ],
];
