/** Dropout of a whole weight once a step. There it is the random numbers that cost, so that each of them decides on two entries. */
import { dtypeCodes } from "../../tensor/dtypes.ts";
import { fused } from "../../tensor/fused.ts";
import { runOp } from "../../tensor/native.ts";
import { tf } from "../../tensor/tf.ts";

/** An entry is dropped by 16 random bits, so the rate is the nearest multiple of 1 / 65536. */
const range = 65536;

/**
 * Each entry is zeroed with probability `rate` and the others are divided by 1 - rate.
 * @param weight [out, in]
 * @param seed int32 [2]; the same seed gives the same mask
 */
export function weightDropout(weight: tf.Tensor, rate: number, seed: tf.Tensor): tf.Tensor {
  const [out, size] = weight.shape, dropped = Math.min(Math.round(rate * range), range - 1);
  return tf.tidy(() => {
    const type = (name: string) => ({ name, kind: "type", value: dtypeCodes.int32 } as const);
    const shape = tf.tensor1d([Math.ceil(out / 2), size!], "int32");
    const [bits] = runOp("StatelessRandomUniformFullInt", [type("dtype"), type("T"), type("Tseed")], [shape, seed]);
    return keepBy(weight, bits, tf.scalar(dropped, "int32"), tf.scalar(range / (range - dropped)))[0];
  });
}

/** The high halves of the numbers, -32768 to 32767, decide on the upper rows of the weight, the low halves, 0 to 65535, on the others. */
const keepBy = fused((weight, bits, dropped, factor) => {
  const whole = (value: number) => tf.scalar(value, "int32"); // a plain number would make floats of them
  const high = tf.floorDiv(bits, whole(range)), low = tf.sub(bits, tf.mul(high, whole(range)));
  const keep = tf.concat([tf.greaterEqual(high, tf.sub(dropped, whole(range / 2))), tf.greaterEqual(low, dropped)]);
  return [tf.mul(weight, tf.mul(tf.cast(tf.slice(keep, [0, 0], weight.shape as [number, number]), "float32"), factor))];
});
