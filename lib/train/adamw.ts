/**
 * AdamW with decoupled weight decay (Loshchilov & Hutter 2019), as PyTorch computes it: w <- w (1 - lr wd), then Adam's step with
 * bias-corrected moments. All trained tensors decay (what the papers' code does).
 */
import { tf } from "../tensor/tf.ts";
import { currentEngine, nativeId } from "../tensor/native.ts";
import { adamInPlace, subtractInPlace } from "../tensor/adam.ts";
import { createVariable, type Variable } from "../tensor/variable.ts";

export const adamDefaults = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;

/** A trained tensor with its first and second moment. */
export interface Slot {
  readonly weight: Variable;
  readonly m: Variable;
  readonly v: Variable;
}

export function createSlot(name: string, value: tf.Tensor): Slot {
  const zeros = tf.zerosLike(value);
  const slot = { weight: createVariable(name, value), m: createVariable(`${name}/m`, zeros), v: createVariable(`${name}/v`, zeros) };
  zeros.dispose();
  return slot;
}

/** Sets both moments to 0; nothing of their size passes through JavaScript. */
export function forgetMoments({ m, v }: Slot): void {
  const zeros = tf.zeros([...m.shape]);
  for (const moment of [m, v]) moment.assign(zeros);
  zeros.dispose();
}

/** The op computes 1 - beta from a float32 beta, off by 1e-5 for .999: its moments are this multiple of the exact ones, all along. */
const share = (beta: number) => (1 - Math.fround(beta)) / (1 - beta);

/**
 * The numbers of one step as one float32 tensor [3]: step size, epsilon, decay. The bias corrections are folded in here, in
 * float64.
 * @param step from 0
 */
export function stepNumbers(learningRate: number, weightDecay: number, step: number): Float32Array {
  const { beta1, beta2, epsilon } = adamDefaults;
  const correction1 = share(beta1) * (1 - beta1 ** (step + 1)), correction2 = Math.sqrt(share(beta2) * (1 - beta2 ** (step + 1)));
  return Float32Array.of(learningRate * correction2 / correction1, epsilon * correction2, learningRate * weightDecay);
}

/**
 * Updates every slot in place. Inside a traced function all updates wait for all gradients, so that no backward step reads a weight
 * that has moved.
 * @param numbers what `stepNumbers` returned, as a tensor
 */
export function applyAdamW(slots: readonly Slot[], gradients: readonly tf.Tensor[], numbers: tf.Tensor): void {
  tf.tidy(() => {
    const at = (i: number) => tf.reshape(tf.slice(numbers, [i], [1]), []);
    const [stepSize, epsilon, decay] = [at(0), at(1), at(2)];
    const scalars = { stepSize, epsilon, beta1: tf.scalar(adamDefaults.beta1), beta2: tf.scalar(adamDefaults.beta2), zero: tf.scalar(0) };
    const engine = currentEngine();
    engine.after(gradients.map(nativeId), () =>
      slots.forEach(({ weight, m, v }, i) =>
        engine.ordered(() => {
          subtractInPlace(weight, tf.mul(weight.read(), decay));
          adamInPlace(weight, m, v, gradients[i], scalars);
        })
      ));
  });
}
