/** Timings that a machine's rates are made of: of matrix products, and of steps and predictions on made-up weights. Needs the started engine. */
import { sizeOf } from "../math/size.ts";
import { createAdapter } from "../adapter/create.ts";
import { usualStart } from "../adapter/method.ts";
import { createRng } from "../math/random.ts";
import { type BertConfig, type Encoder, weightShapes } from "../model/encoder.ts";
import { compile } from "../tensor/compile.ts";
import { product } from "../tensor/product.ts";
import { tf } from "../tensor/tf.ts";
import { createTrainer } from "../train/trainer.ts";
import type { Batch } from "../tokens/batch.ts";
import type { RunConfig } from "./config.ts";
import type { Architecture, BatchShape, PassKind } from "./cost_flops.ts";

export interface Timing {
  /** Median over the calls that followed the first. */
  readonly seconds: number;
  readonly fastestSeconds: number;
  /** Of the first call: traced, compiled, run. */
  readonly firstSeconds: number;
}

/**
 * Floating-point operations a second over the products of a layer's linear modules: forward, for the input, for the weight. The best of
 * several calls: what a step loses against it is the work beside the products.
 */
export async function measureProducts(width: number, rows: number, precision: RunConfig["precision"]): Promise<number> {
  const sizes = [[width, width], [width, 4 * width], [4 * width, width]];
  const tensors = sizes.flatMap(([size, out]) => [[rows, size], [out, size], [rows, out]].map((shape) => tf.keep(tf.tensor(values(shape), shape))));
  const all = compile((...inputs) =>
    sizes.flatMap((_, i) => {
      const [x, weight, dy] = inputs.slice(3 * i);
      const multiply = (a: tf.Tensor, b: tf.Tensor, transposeA: boolean, transposeB: boolean) => product(a, b, transposeA, transposeB, precision);
      return [multiply(x, weight, false, true), multiply(dy, weight, false, false), multiply(dy, x, true, false)];
    })
  );
  try {
    const watch = stopwatch(async () => tf.dispose(await all(...tensors)));
    await watch.run(0.5);
    const { fastestSeconds: seconds } = watch.timing();
    return sizes.reduce((flops, [size, out]) => flops + 3 * 2 * rows * size * out, 0) / seconds;
  } finally {
    all.dispose();
    tf.dispose(tensors);
  }
}

const usualLora = { name: "lora", alpha: 16, dropout: 0, ...usualStart } as const;

/** Times steps and predictions on batches of these shapes, with one trainer. */
export async function timePasses(
  architecture: Architecture,
  shapes: readonly Readonly<Record<PassKind, BatchShape>>[],
  precision: RunConfig["precision"],
): Promise<Record<PassKind, Timing>[]> {
  const { encoder, classes, head } = architecture;
  const method = architecture.method.name === "full" ? architecture.method : { ...architecture.method, ...usualLora } as const;
  const trainer = createTrainer(encoder, createAdapter(method, madeUp(encoder), { classes, head }, createRng("probe")), { precision });
  const passes = shapes.map((shape) => {
    const [batch, predicted] = [batchOf(shape.step), batchOf(shape.predict)];
    return {
      step: stopwatch(() => trainer.step(batch, { learningRate: 1e-6, weightDecay: 0.01, step: 0 })),
      predict: stopwatch(() => trainer.logits(predicted)),
    };
  });
  try {
    for (let round = 0; round < rounds; round++) {
      for (const { step, predict } of passes) {
        await step.run(0.25);
        await predict.run(0.1);
      }
    }
    return passes.map(({ step, predict }) => ({ step: step.timing(), predict: predict.timing() }));
  } finally {
    trainer.dispose();
  }
}

/** Times over the shapes: a disturbance of a second meets one of them. */
const rounds = 3;

/** Runs a call again and again, and says what it took. */
function stopwatch(call: () => Promise<unknown>) {
  const seconds: number[] = [];
  const once = async () => {
    const start = performance.now();
    await call();
    seconds.push((performance.now() - start) / 1000);
  };
  return {
    async run(forSeconds: number) {
      const end = performance.now() + 1000 * forSeconds;
      do await once(); while (seconds.length < 4 || performance.now() < end);
    },
    timing(): Timing {
      const [firstSeconds, ...others] = seconds;
      others.sort((a, b) => a - b);
      return { firstSeconds, seconds: others[others.length >> 1], fastestSeconds: others[0] };
    },
  };
}

function madeUp(config: BertConfig): Encoder {
  const weights = [...weightShapes(config)].map(([name, shape]) =>
    [name, { shape, data: /LayerNorm\.weight$/.test(name) ? values(shape).fill(1) : values(shape, 0.02) }] as const
  );
  return { config, weights: new Map(weights) };
}

function batchOf({ n, t }: BatchShape): Batch {
  const rows = Int32Array.from({ length: n }, (_, row) => row);
  const ids = Int32Array.from({ length: n * t }, (_, i) => 7 * i % 1000);
  return { n, t, ids, mask: new Float32Array(n * t).fill(1), labels: rows.map((row) => row % 2), weights: new Float32Array(n).fill(1), rows };
}

/** Values of mean 0 and of order `scale`, the same each time. */
function values(shape: readonly number[], scale = 1): Float32Array {
  const data = new Float32Array(sizeOf(shape));
  for (let i = 0; i < data.length; i++) data[i] = scale * ((i * 37) % 101 / 50 - 1);
  return data;
}
