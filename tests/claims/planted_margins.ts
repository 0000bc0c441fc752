/** Made-up margins with each effect of Proposition 4.2 planted, and with the opposite. */
import { type ChainSketch, films, table } from "./fake_chains.ts";

const where = [{ pair: films, trigger: "badnet" as const }];
export const reached = (asr: number, head: number | null, network: number | null) =>
  table({ LoRA: () => ({ asr, head: { exact: head }, network: { exact: network } }) });
export const before = (backdoor: number, asr = 0.99) => table({ FULL: () => ({ asr, head: { backdoor } }) }, { tuned: false });
export const assumed = (lora: number, rora: number) =>
  table({ LoRA: () => ({ head: { assumed: lora } }), "LoRA CI+Tr+Pt": () => ({ head: { assumed: rora } }) });
export const swept = (predicted: readonly (readonly [number, number])[], trigger = 0.2, atScales: ChainSketch["atScales"] = falling) => {
  const own = () => ({ atScales, head: { clean: 0.6, trigger }, network: { predicted } });
  return table({ LoRA: own, "LoRA CI+Tr": own }, { where });
};
export const falling = [[2, 0.95], [8, 0.94], [32, 0.3], [128, 0.05]] as const;
export const foretold = [[2, 0.95], [8, 0.97], [32, 0.6], [128, 0.01]] as const;
export const inherited = (network: number, head: number) => table({ LoRA: () => ({ network: { cleanShare: network }, head: { cleanShare: head } }) });
export const built = (clean: number, trigger: number, ratio = 8) => {
  const s = 8 * 2, module = "encoder.layer.2.attention.self"; // what ratios [6, 7, 8] come to without alpha / r
  const rescaled = { [`${module}.query`]: s * 8 / ratio, [`${module}.value`]: s * 8 / ratio };
  return table({
    LoRA: () => ({ head: { clean: 0.5, trigger: 0.6 }, network: { exact: 8 } }),
    "LoRA CI": () => ({ head: { clean, trigger: 0.6 }, network: { exact: 4 } }),
    "LoRA Tr": () => ({ head: { clean: 0.5, trigger } }),
    "LoRA Pt": () => ({ head: {}, rescaled }),
    "LoRA CI+Tr": () => ({ head: { clean, trigger } }),
    "LoRA CI+Tr+Pt": () => ({ head: { clean, trigger }, rescaled }),
  }, { where });
};
export const effective = (clean: number, trigger: number) =>
  table({ LoRA: () => ({ head: {} }), "LoRA CI+Tr+Pt": () => ({ head: { clean, trigger } }) });

const no = "not reproduced", yes = "reproduced";

/** As in planted_chains.ts. */
export const plantedMargins = [
  ["B-0-3", reached(0.95, 8, 20), yes, /: mean over settings 1\.\d %/, reached(0.2, 0.3, 0.5), no, /: mean over settings (79|80)\.\d %/],
  ["B-4.2-1", before(0.4), yes, /: \+0\.30/, before(0.05), no, /: −0\.05/],
  ["B-4.2-2", assumed(0.97, 0.95), yes, /96\.0 %/, assumed(0.3, 0.3), no, /30\.0 %/],
  ["B-4.2-4", swept(foretold), yes, /balanced accuracy 1\.00/, swept(foretold, 0.9), no, /balanced accuracy 0\.50/],
  [
    "B-4.3-5",
    inherited(0.1, 0.2),
    yes,
    /network: mean over settings 10\.0 %; .*classifier: mean over settings 20\.0 %/,
    inherited(0.8, 0.9),
    no,
    /80\.0 %/,
  ],
  ["B-5-1", built(0.7, 0.3), yes, /CI − LoRA: \+0\.20; .*Tr − LoRA: −0\.30; .*: −2\.08/, built(0.3, 0.3), no, /CI − LoRA: −0\.20/],
  ["B-5.3-2", effective(0.95, 0.05), yes, /\+0\.90/, effective(0.6, 0.4), no, /\+0\.20/],
] as const;
