/**
 * LoRA (Hu et al. 2022): W stays, W + (alpha / r) B A is what the module computes with. A: [r, in], B: [out, r]; B starts at 0.
 * Only this file knows the convention.
 */
import type { tf } from "../tensor/tf.ts";
import { addBias, lowRankLinear } from "../tensor/ops.ts";
import type { Rng } from "../math/random.ts";
import { type Encoder, linearModules, wordEmbeddings } from "../model/encoder.ts";
import type { StoredTensor } from "../model/safetensors.ts";
import type { Adapter, Lookup } from "./adapter.ts";
import { plainLinear } from "./full.ts";
import type { InitScheme, Method } from "./method.ts";

export type LoraMethod = Extract<Method, { name: "lora" }>;

/**
 * @param head the fresh classifier
 * @param headTrained whether the classifier itself is trained; if not, and all modules are targets, it gets an adapter as well (paper A)
 */
export function loraAdapter(method: LoraMethod, encoder: Encoder, head: ReadonlyMap<string, StoredTensor>, headTrained: boolean, rng: Rng): Adapter {
  const trained = new Map<string, StoredTensor>(headTrained ? head : []), still = new Map<string, StoredTensor>(headTrained ? [] : head);
  const modules = targetModules(method, encoder, head, headTrained);
  for (const { name, in: size, out } of modules) {
    const { a, b } = initialFactors(method, size, out, rng.fork(name));
    (method.trainA ? trained : still).set(`${name}.lora_A`, a);
    trained.set(`${name}.lora_B`, b);
  }
  const scale = method.alpha / method.rank, adapted = new Set(modules.map(({ name }) => name));
  return {
    kind: `lora, scale ${scale}`,
    trained,
    ...untrained(encoder, still),
    linear(get: Lookup, name: string, x: tf.Tensor) {
      if (!adapted.has(name)) return plainLinear(get, name, x);
      return addBias(lowRankLinear(x, get(`${name}.weight`), get(`${name}.lora_A`), get(`${name}.lora_B`), scale), get(`${name}.bias`));
    },
  };
}

/** The word embeddings vary with the task's vocabulary, head and untrained A with the seed; the rest of the encoder is the same in every run. */
function untrained(encoder: Encoder, still: ReadonlyMap<string, StoredTensor>): Pick<Adapter, "frozen" | "fixed"> {
  const [fixed, frozen] = [...encoder.weights].reduce<[string, StoredTensor][][]>((parts, entry) => {
    parts[entry[0] === wordEmbeddings ? 0 : 1].push(entry);
    return parts;
  }, [[], []]);
  return { frozen: new Map(frozen), fixed: new Map([...fixed, ...still]) };
}

/** The modules that get an adapter, with their sizes. */
function targetModules(method: LoraMethod, encoder: Encoder, head: ReadonlyMap<string, StoredTensor>, headTrained: boolean) {
  const modules = linearModules(encoder.config);
  if (method.targets === "qv") return modules.filter(({ name }) => /\.self\.(query|value)$/.test(name));
  if (headTrained) return modules;
  const [classes, width] = head.get("classifier.weight")!.shape;
  return [...modules, { name: "classifier", in: width, out: classes }];
}

/** Both factors of one module: the one that starts at 0 keeps the product there. B is drawn as A is, with its own number of inputs, r. */
function initialFactors(method: LoraMethod, size: number, out: number, rng: Rng): { a: StoredTensor; b: StoredTensor } {
  const { rank, zero } = method;
  const a = zero === "A" ? new Float32Array(rank * size) : initialA(method, size, rng);
  const b = zero === "B" ? new Float32Array(out * rank) : initialA({ ...method, rank: out }, rank, rng);
  return { a: { shape: [rank, size], data: a }, b: { shape: [out, rank], data: b } };
}

/**
 * Draws A with Var(A) = k / n_in (paper A, section 3.2 and appendix E.2; k = 1/3 is Kaiming-uniform's default).
 * Xavier-normal: the released code's gain sqrt(k), so the variance is 2 k / (r + n_in).
 */
export function initialA(method: { rank: number; init: InitScheme; initVariance: number }, size: number, rng: Rng): Float32Array {
  const { rank, init, initVariance: k } = method;
  const draw = draws[init](k, size, rank, rng);
  return Float32Array.from({ length: rank * size }, draw);
}

const draws: Record<InitScheme, (k: number, size: number, rank: number, rng: Rng) => () => number> = {
  "kaiming-uniform": (k, size, _rank, rng) => {
    const bound = Math.sqrt(3 * k / size);
    return () => (2 * rng.uniform() - 1) * bound;
  },
  gaussian: (k, size, _rank, rng) => () => Math.sqrt(k / size) * rng.normal(),
  "xavier-normal": (k, size, rank, rng) => () => Math.sqrt(2 * k / (rank + size)) * rng.normal(),
};

/** The encoder's weights with the adapters' products added: W + (alpha / r) B A. Computed in float64. */
export function mergeLora(
  method: LoraMethod,
  weights: ReadonlyMap<string, StoredTensor>,
  adapters: ReadonlyMap<string, StoredTensor>,
): Map<string, StoredTensor> {
  const merged = new Map(weights), scale = method.alpha / method.rank;
  for (const [key, { data: a, shape: [rank, size] }] of adapters) {
    if (!key.endsWith(".lora_A")) continue;
    const name = key.slice(0, -".lora_A".length), target = `${name}.weight`;
    const base = merged.get(target);
    if (!base) throw new TypeError(`Cannot merge as the adapter's module must have a weight: ${target} is missing`);
    const { data: b, shape: [out] } = adapters.get(`${name}.lora_B`)!;
    const data = Float32Array.from(base.data);
    for (let i = 0; i < out; i++) {
      for (let j = 0; j < size; j++) {
        let sum = 0;
        for (let q = 0; q < rank; q++) sum += b[i * rank + q] * a[q * size + j];
        data[i * size + j] = base.data[i * size + j] + scale * sum;
      }
    }
    merged.set(target, { shape: base.shape, data });
  }
  return merged;
}
