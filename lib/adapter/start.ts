/** What a method starts from: an encoder with a head, and which of its modules get an adapter. */
import { type Encoder, linearModules, wordEmbeddings } from "../model/encoder.ts";
import type { StoredTensor } from "../model/safetensors.ts";
import type { Adapter } from "./adapter.ts";
import type { LowRank } from "./method.ts";

export interface Start {
  readonly encoder: Encoder;
  /** `classifier.weight` [c, d] and `classifier.bias` [c]; RoBERTa's first layer too. */
  readonly head: ReadonlyMap<string, StoredTensor>;
  /** Whether the classifier itself is trained; if not, and all modules are targets, it gets an adapter as well (paper A). */
  readonly headTrained: boolean;
  /** Whether the encoder is this run's own (a poisoned one): another run of the same kind has other values. */
  readonly own: boolean;
}

export interface Module {
  readonly name: string;
  readonly in: number;
  readonly out: number;
}

/** Paper B's targets. */
export const isQueryOrValue = ({ name }: Pick<Module, "name">): boolean => /\.self\.(query|value)$/.test(name);

/** The modules that get an adapter, with their sizes. */
export function targetModules({ targets }: Pick<LowRank, "targets">, { encoder, head, headTrained }: Start): Module[] {
  const modules = linearModules(encoder.config);
  if (targets === "qv") return modules.filter(isQueryOrValue);
  if (headTrained) return modules.filter(({ name }) => !head.has(`${name}.weight`));
  const [classes, width] = head.get("classifier.weight")!.shape;
  return [...modules, { name: "classifier", in: width, out: classes }];
}

/** The weight that a module of the start has. */
export function weightOf({ encoder, head }: Start, module: string): StoredTensor {
  return encoder.weights.get(`${module}.weight`) ?? head.get(`${module}.weight`)!;
}

/**
 * The encoder's weights apart from those that the method itself keeps. The word embeddings vary with the task's vocabulary; the rest is
 * the same in every run, unless the encoder is the run's own.
 * @param kept tensors that the method keeps untrained; one with the name of a weight replaces it
 */
export function untrained({ encoder, own }: Start, kept: ReadonlyMap<string, StoredTensor>): Pick<Adapter, "frozen" | "fixed"> {
  const rest = [...encoder.weights].filter(([name]) => !kept.has(name)), isFixed = (name: string) => own || name === wordEmbeddings;
  return {
    frozen: new Map(rest.filter(([name]) => !isFixed(name))),
    fixed: new Map([...rest.filter(([name]) => isFixed(name)), ...kept]),
  };
}
