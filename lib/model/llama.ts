/**
 * The LLaMA architecture (Touvron et al. 2023) as functions over named weights: root-mean-square norms, rotary positions, grouped-query
 * attention, gated feed-forward, no biases, output embedding tied to the input's. Names are those of transformers' checkpoints.
 */
import { tf } from "../tensor/tf.ts";
import { fused } from "../tensor/fused.ts";
import { embeddingLookup, linear, softmax } from "../tensor/ops.ts";

export interface LlamaConfig {
  readonly layers: number;
  /** Hidden width d. */
  readonly width: number;
  /** Heads that ask. */
  readonly heads: number;
  /** Heads that are asked: each serves heads / keyHeads of the others. */
  readonly keyHeads: number;
  /** Feed-forward width. */
  readonly innerWidth: number;
  readonly vocabularySize: number;
  readonly maxPositions: number;
  /** Base of the rotary frequencies. */
  readonly ropeBase: number;
  /** Added to the mean square in norms. */
  readonly normEpsilon: number;
}

/** A weight by its name. */
export type LlamaWeights = (name: string) => tf.Tensor;

/** The table that tokens are looked up in, and whose rows score the next token: [v, d]. */
export const tokenEmbeddings = "model.embed_tokens.weight";

/**
 * Rows of tokens, int32 [n, t] each. Token i of a row sees those from `ownStart` to itself, and those from `sharedStart` to before
 * `sharedEnd`: a stretch that several sequences of the row have in common. A row of one sequence has zeros in all three.
 */
export interface CausalRows {
  readonly ids: tf.Tensor;
  /** Where a token stands in its own sequence, from 0. */
  readonly positions: tf.Tensor;
  readonly ownStart: tf.Tensor;
  readonly sharedStart: tf.Tensor;
  readonly sharedEnd: tf.Tensor;
}

/** So many predictions are scored at a time: their scores over the vocabulary are what takes memory. */
const scoredAtOnce = 128;

/** What is asked of rows: the log-probability of token `targets` after the token in column `asked`. Int32 [n, q] each. */
export interface Questions {
  readonly asked: tf.Tensor;
  readonly targets: tf.Tensor;
}

/** The answers, in nats: [n, q]. */
export function causalLogProbs(config: LlamaConfig, weights: LlamaWeights, rows: CausalRows, { asked, targets }: Questions): tf.Tensor {
  const [n, t] = rows.ids.shape, q = asked.shape[1]!;
  return tf.tidy(() => {
    const rowStarts = tf.mul(tf.reshape(tf.range(0, n, 1, "int32"), [n, 1]), tf.scalar(t, "int32"));
    const hidden = tf.gather(lastHidden(config, weights, rows), tf.reshape(tf.add(asked, rowStarts), [n * q])); // [n q, d]
    const scored = tf.sum(tf.mul(hidden, embeddingLookup(weights(tokenEmbeddings), tf.reshape(targets, [n * q]))), 1, true);
    const normalisers: tf.Tensor[] = [];
    for (let from = 0; from < n * q; from += scoredAtOnce) {
      const size = Math.min(scoredAtOnce, n * q - from);
      normalisers.push(logSumExp(linear(tf.slice(hidden, [from, 0], [size, config.width]), weights(tokenEmbeddings))));
    }
    return tf.reshape(tf.sub(scored, normalisers.length === 1 ? normalisers[0] : tf.concat(normalisers)), [n, q]);
  });
}

/** log sum exp of each row: [m, v] -> [m, 1]. TensorFlow's own cross entropy makes a gradient too, and took four times as long. */
function logSumExp(scores: tf.Tensor): tf.Tensor {
  const most = tf.max(scores, 1, true);
  return tf.add(most, tf.log(sumExp(scores, most)[0]));
}

const sumExp = fused((scores, most) => [tf.matMul(tf.exp(tf.sub(scores, most)) as tf.Tensor2D, tf.fill([scores.shape[1]!, 1], 1))]);

/** What the output embedding reads: the last layer's state, normalised, [n t, d]. */
function lastHidden(config: LlamaConfig, weights: LlamaWeights, rows: CausalRows): tf.Tensor {
  const [n, t] = rows.ids.shape, { layers, maxPositions } = config;
  if (t > maxPositions) throw new RangeError(`Cannot read the rows as they must have at most ${maxPositions} tokens: ${t}`);
  return tf.tidy(() => {
    const bias = attentionBias(rows), angles = rotaryAngles(config, rows.positions);
    let x = embeddingLookup(weights(tokenEmbeddings), tf.reshape(rows.ids, [n * t])); // [n t, d]
    for (let layer = 0; layer < layers; layer++) x = block(config, weights, `model.layers.${layer}`, x, bias, angles);
    return norm(config, weights, "model.norm", x);
  });
}

/** One layer: [n t, d] -> [n t, d]. */
function block(config: LlamaConfig, weights: LlamaWeights, at: string, x: tf.Tensor, bias: tf.Tensor, angles: Angles): tf.Tensor {
  const project = (name: string, y: tf.Tensor) => linear(y, weights(`${at}.${name}.weight`));
  const asking = norm(config, weights, `${at}.input_layernorm`, x);
  const attended = tf.add(x, project("self_attn.o_proj", attention(config, (name) => project(`self_attn.${name}_proj`, asking), bias, angles)));
  const inner = norm(config, weights, `${at}.post_attention_layernorm`, attended);
  return tf.add(attended, project("mlp.down_proj", gated(project("mlp.gate_proj", inner), project("mlp.up_proj", inner))[0]));
}

/** Heads side by side, before they are mixed: [n t, d]. The heads that share a key are further rows of one product with it. */
function attention(config: LlamaConfig, project: (name: string) => tf.Tensor, bias: tf.Tensor, { cos, sin }: Angles): tf.Tensor {
  const { width, heads, keyHeads } = config, [n, , t] = bias.shape as number[], size = width / heads, group = heads / keyHeads;
  const split = (y: tf.Tensor, h: number) => tf.transpose(tf.reshape(y, [n, t, h, size]), [0, 2, 1, 3]); // [n, h, t, size]
  const query = rotate(split(project("q"), heads), cos, sin)[0], key = rotate(split(project("k"), keyHeads), cos, sin)[0];
  const grouped = tf.reshape(query, [n, keyHeads, group * t, size]);
  const scores = tf.reshape(tf.matMul(grouped, key, false, true), [n, heads, t, t]);
  const seen = softmax(scaled(scores, bias, tf.scalar(1 / Math.sqrt(size)))[0]);
  const mixed = tf.matMul(tf.reshape(seen, [n, keyHeads, group * t, t]), split(project("v"), keyHeads));
  return tf.reshape(tf.transpose(tf.reshape(mixed, [n, heads, t, size]), [0, 2, 1, 3]), [n * t, width]);
}

/** x / sqrt(mean(x^2) + epsilon), times a gain by columns. */
function norm({ normEpsilon }: LlamaConfig, weights: LlamaWeights, name: string, x: tf.Tensor): tf.Tensor {
  return rootMeanSquare(x, weights(`${name}.weight`), tf.scalar(normEpsilon))[0];
}

const rootMeanSquare = fused((x, gain, epsilon) => {
  const d = x.shape[1]!, meanSquare = tf.mul(tf.matMul(tf.square(x) as tf.Tensor2D, tf.fill([d, 1], 1)), 1 / d); // a product: see `fused`
  return [tf.mul(tf.mul(x, tf.rsqrt(tf.add(meanSquare, epsilon))), gain)];
});

/** silu(gate) * up. */
const gated = fused((gate, up) => [tf.mul(tf.mul(gate, tf.sigmoid(gate)), up)]);

const scaled = fused((scores, bias, scale) => [tf.add(tf.mul(scores, scale), bias)]);

/** Of every token's position: [n, 1, t, size], the second half of the last axis equal to the first. */
interface Angles {
  readonly cos: tf.Tensor;
  readonly sin: tf.Tensor;
}

function rotaryAngles({ width, heads, ropeBase }: LlamaConfig, positions: tf.Tensor): Angles {
  const [n, t] = positions.shape, size = width / heads;
  const frequencies = tf.tensor1d(Array.from({ length: size }, (_, i) => ropeBase ** (-2 * (i % (size / 2)) / size)));
  const angle = tf.mul(tf.reshape(tf.cast(positions, "float32"), [n, 1, t, 1]), frequencies);
  return { cos: tf.cos(angle), sin: tf.sin(angle) };
}

/** Turns the pairs (i, i + size / 2) of each head by the position's angles (Su et al. 2021): x [n, h, t, size]. */
const rotate = fused((x, cos, sin) => {
  const [n, h, t, size] = x.shape as number[], half = size / 2;
  const first = tf.slice(x, [0, 0, 0, 0], [n, h, t, half]), second = tf.slice(x, [0, 0, 0, half], [n, h, t, half]);
  return [tf.add(tf.mul(x, cos), tf.mul(tf.concat([tf.neg(second), first], 3), sin))];
});

/** 0 where a token may look, a large negative number elsewhere: [n, 1, t, t]. */
function attentionBias({ ids, ownStart, sharedStart, sharedEnd }: CausalRows): tf.Tensor {
  const [n, t] = ids.shape, column = tf.range(0, t, 1, "int32"), asking = (x: tf.Tensor) => tf.reshape(x, [-1, t, 1]);
  const between = (from: tf.Tensor, to: tf.Tensor) => tf.logicalAnd(tf.greaterEqual(column, asking(from)), tf.less(column, asking(to)));
  const itself = tf.add(column, tf.scalar(1, "int32"));
  const visible = tf.logicalOr(between(ownStart, itself), between(sharedStart, sharedEnd)); // [n, t, t]
  return tf.reshape(tf.mul(tf.sub(tf.cast(visible, "float32"), 1), 1e9), [n, 1, t, t]);
}
