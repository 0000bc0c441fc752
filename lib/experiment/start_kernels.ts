/**
 * Kernels of an encoder before the first step of fine-tuning: full fine-tuning, and LoRA over ranks, scales and variances of A, beside what
 * paper A's section 3 lets one expect of them.
 */
import { createAdapter } from "../adapter/create.ts";
import { type Method, scaleOf } from "../adapter/method.ts";
import { type Matrix, scaled, trace } from "../math/matrix.ts";
import { createRng } from "../math/random.ts";
import { linearModules } from "../model/encoder.ts";
import { placeOf } from "../model/layer.ts";
import { restrictVocabulary } from "../model/vocabulary.ts";
import { type Information, informationOf, lossGram, scoreGradients } from "../ntk/encoder_information.ts";
import { type EncoderKernel, encoderKernel } from "../ntk/encoder_kernel.ts";
import { kernelStudy } from "../ntk/encoder_study.ts";
import type { TangentModel } from "../ntk/encoder_tangents.ts";
import { marchenkoPasturEdges } from "../ntk/lora_spectrum.ts";
import type { Sequence } from "../tokens/batch.ts";
import type { RunConfig } from "./config.ts";
import { classes } from "./predictions.ts";
import { createSession, type Session } from "./session.ts";
import { untrained } from "./untrained.ts";

type LoraMethod = Extract<Method, { name: "lora" }>;

/** A LoRA to measure; `zero` as in the config unless said. */
export type StartPoint = Pick<LoraMethod, "rank" | "alpha" | "initVariance"> & Partial<Pick<LoraMethod, "zero">>;

export interface StartRow {
  readonly trained: "everything in full" | "adapted matrices in full" | "LoRA";
  readonly rank: number | null;
  /** k of the factor that is drawn: Var(A) = k / n, or Var(B) = k / r. */
  readonly initVariance: number | null;
  /** The factor that starts at 0. */
  readonly zero: LoraMethod["zero"] | null;
  /** s = alpha / r. */
  readonly scale: number | null;
  /** Where the spectrum of s^2 A^T A ends in a module that reads the encoder's width n: s^2 k (1 + sqrt(r / n))^2. M_Delta <= 0 needs at most 1. Null at A = 0. */
  readonly edge: number | null;
  /** Half the trace of the empirical Fisher matrix. */
  readonly bitsTrace: number;
  /** The same over that of the adapted matrices in full. */
  readonly share: number | null;
  /** What the share is expected to be, by E[s^2 A^T A] = s^2 k (r / n) I in each module; at A = 0 by E[s^2 B B^T] = s^2 k I. */
  readonly expected: number | null;
  /** How many of the sorted eigenvalues, one a row, exceed those of the adapted matrices in full. */
  readonly above: number | null;
  /** Half its log pseudo-determinant. */
  readonly bitsLog: number;
  /** The same of the expected kernel: each module's in full times its share. At one share c that is 1/2 ln c more for each eigenvalue. */
  readonly expectedLog: number | null;
  /** Raw H_0.5. */
  readonly renyiRaw: number;
  /** The same of the expected kernel: at one share c, ln c more. */
  readonly expectedRenyi: number | null;
  /** Shannon's entropy of the normalised spectrum. */
  readonly shannon: number;
  readonly effectiveRank: number;
}

export interface StartOptions {
  /** Training rows that the kernels are measured on. */
  readonly rows: number;
  /** `untrained`: the same encoder at random weights. */
  readonly weights?: "pretrained" | "untrained";
  readonly session?: Session;
}

/** Two rows for full fine-tuning, then one for each point. The config gives task, model, head and seed, and LoRA's other settings. */
export async function kernelsAtStart(config: RunConfig, points: readonly StartPoint[], options: StartOptions): Promise<StartRow[]> {
  const method = loraOf(config), { width, modules, sequences, pointOf, gramOf } = await openStart(config, method, options);
  const full = await encoderKernel(pointOf({ name: "full" }), sequences);
  const parts = modules.map(({ name }) => full.parts.get(`${name}.weight`)!);
  const grams = parts.map((part) => gramOf(full, part)), matched = informationOf(sumOf(grams));
  const found = [
    startRow("everything in full", informationOf(gramOf(full, full.total))),
    startRow("adapted matrices in full", matched),
  ];
  const measured = await kernelStudy(points.map((point) => pointOf({ ...method, ...point })), sequences);
  for (const [i, { rank, alpha, initVariance: k, zero = method.zero }] of points.entries()) {
    const s = scaleOf({ alpha, rank }), own = measured[i], shareOf = (size: number) => s ** 2 * k * (zero === "B" ? rank / size : 1);
    const expected = informationOf(sumOf(grams.map((gram, at) => scaled(gram, shareOf(modules[at].in)))));
    found.push({
      ...startRow("LoRA", own),
      rank,
      initVariance: k,
      zero,
      scale: s,
      edge: zero === "B" ? marchenkoPasturEdges(k, rank, width, s)[1] : null,
      share: own.bitsTrace / matched.bitsTrace,
      expected: expected.bitsTrace / matched.bitsTrace,
      expectedLog: expected.bitsLog,
      expectedRenyi: expected.renyiRaw,
      above: own.spectrum.filter((value, i) => value > matched.spectrum[i]).length,
    });
  }
  return found;
}

export interface ModuleRow {
  /** `attention.self.query` of every layer, `pooler.dense`, ... */
  readonly module: string;
  /** How many there are. */
  readonly modules: number;
  /** Numbers that each reads: n. */
  readonly reads: number;
  /** Half the trace of the empirical Fisher matrix, trained in full and with LoRA; sums over the layers. */
  readonly bitsInFull: number;
  readonly bitsWithLora: number;
  readonly share: number;
  /** s^2 k r / n. */
  readonly expected: number;
}

/** The config's LoRA, at B = 0, beside full fine-tuning, by kinds of modules. */
export async function kernelsByModule(config: RunConfig, options: StartOptions): Promise<ModuleRow[]> {
  const method = loraOf(config), { modules, sequences, pointOf, gramOf } = await openStart(config, method, options);
  const kernelOf = (own: Method) => encoderKernel(pointOf(own), sequences);
  const full = await kernelOf({ name: "full" }), lora = await kernelOf({ ...method, zero: "B" });
  const bits = (kernel: EncoderKernel, name: string) => trace(gramOf(kernel, kernel.parts.get(name)!)) / 2;
  const kinds = Map.groupBy(modules, ({ name }) => placeOf(name)?.within ?? name);
  return [...kinds].map(([module, own]) => {
    const bitsInFull = own.reduce((sum, { name }) => sum + bits(full, `${name}.weight`), 0), reads = own[0].in;
    const bitsWithLora = own.reduce((sum, { name }) => sum + bits(lora, `${name}.lora_B`), 0);
    const expected = scaleOf(method) ** 2 * method.initVariance * method.rank / reads;
    return { module, modules: own.length, reads, bitsInFull, bitsWithLora, share: bitsWithLora / bitsInFull, expected };
  });
}

function loraOf({ method }: RunConfig): LoraMethod {
  if (method.name === "lora") return method;
  throw new TypeError(`Cannot measure kernels at the start as the config's method must be "lora": "${method.name}"`);
}

/** The rows as tokens, the modules that LoRA adapts, and the encoder before its first step. */
async function openStart(config: RunConfig, method: LoraMethod, { rows, weights = "pretrained", session = createSession() }: StartOptions) {
  await session.versions; // starts the engine
  const { encoder: whole, encode } = await session.model(config.model), { train } = await session.split(config.task);
  const texts = train.slice(0, rows).map(({ text, label }): Sequence => ({ ids: encode(text, config.train.maxLength), label }));
  const { encoder: own, map } = restrictVocabulary(whole, texts.flatMap(({ ids }) => [...ids])), { width } = own.config;
  const encoder = weights === "pretrained" ? own : untrained(own, createRng(config.seed).fork("encoder"));
  const sequences = texts.map(({ ids, label }) => ({ ids: map(ids), label })), labels = sequences.map(({ label }) => label);
  const adapterOf = (own: Method) => createAdapter(own, encoder, { classes, head: config.head }, createRng(config.seed));
  const adapted = adapterOf({ ...method, rank: 1, alpha: 1 }).trained;
  return {
    width,
    modules: [...linearModules(encoder.config), { name: "classifier", in: width, out: classes }].filter(({ name }) => adapted.has(`${name}.lora_B`)),
    sequences,
    /** The encoder with a method's adapter, before its first step. */
    pointOf: (own: Method): TangentModel => ({ config: encoder.config, adapter: adapterOf(own), method: own }),
    /** The Gram matrix of the loss gradients for a kernel, the whole one or a part: [n, n]. */
    gramOf: ({ logits }: EncoderKernel, kernel: Matrix) => lossGram(kernel, scoreGradients(logits, labels)),
  };
}

function startRow(trained: StartRow["trained"], { bitsTrace, bitsLog, renyiRaw, shannon, effectiveRank }: Information): StartRow {
  const none = { rank: null, initVariance: null, zero: null, scale: null, edge: null, share: null, expected: null, above: null };
  return { trained, ...none, bitsTrace, bitsLog, expectedLog: null, renyiRaw, expectedRenyi: null, shannon, effectiveRank };
}

function sumOf([first, ...rest]: readonly Matrix[]): Matrix {
  const data = Float64Array.from(first.data);
  for (const { data: other } of rest) for (let at = 0; at < data.length; at++) data[at] += other[at];
  return { ...first, data };
}
