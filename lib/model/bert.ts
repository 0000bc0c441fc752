/**
 * The BERT encoder (Devlin et al. 2019), and RoBERTa's where it differs (Liu et al. 2019), as functions over named weights. How a weight is held
 * (frozen, trained, with an adapter) is the caller's: the functions ask a `Network` for tensors and for linear maps.
 */
import { tf } from "../tensor/tf.ts";
import { embeddingLookup, gelu, layerNorm, softmax } from "../tensor/ops.ts";
import { type BertConfig, firstPosition, wordEmbeddings } from "./encoder.ts";

export interface Network {
  readonly config: BertConfig;
  /** A weight by its checkpoint name. */
  weight(name: string): tf.Tensor;
  /** The linear module `name`, bias included: x [m, in] -> [m, out]. */
  linear(name: string, x: tf.Tensor): tf.Tensor;
  /** Layer normalisation by the gain and bias of `name`, x [m, d] -> [m, d]; the plain one when absent. */
  norm?(name: string, x: tf.Tensor): tf.Tensor;
  /** Dropout at the places where BERT has it; identity when absent. */
  dropout?(x: tf.Tensor): tf.Tensor;
}

/** Token ids int32 [n, t] and mask float32 [n, t], 1 for tokens and 0 for padding. */
export interface TokenBatch {
  readonly ids: tf.Tensor;
  readonly mask: tf.Tensor;
}

/** The hidden states after the embeddings and after each layer, each [n, t, d]. */
export function hiddenStates(net: Network, batch: TokenBatch): tf.Tensor[] {
  const [n, t] = batch.ids.shape, { width, layers } = net.config;
  return tf.tidy(() => {
    const bias = attentionBias(batch.mask);
    const states = [embed(net, batch)];
    for (let layer = 0; layer < layers; layer++) states.push(block(net, layer, states[layer], bias, n, t, false));
    return states.map((x) => tf.reshape(x, [n, t, width]));
  });
}

/** The pooled [CLS] state, tanh(W h_cls + b): [n, d]. In the last layer only [CLS] asks, since nothing else of it is read. */
export function pooled(net: Network, batch: TokenBatch): tf.Tensor {
  const [n, t] = batch.ids.shape, { layers } = net.config;
  return tf.tidy(() => {
    const bias = attentionBias(batch.mask);
    let x = embed(net, batch);
    for (let layer = 0; layer < layers; layer++) x = block(net, layer, x, bias, n, t, layer === layers - 1);
    return tf.tanh(net.linear("pooler.dense", net.config.roberta ? dropout(net, x) : x)); // RoBERTa's is a layer of the head
  });
}

/** Class scores through the module "classifier": [n, c]. */
export function logits(net: Network, batch: TokenBatch): tf.Tensor {
  return tf.tidy(() => classify(net, pooled(net, batch)));
}

/** Class scores of pooled states [n, d]: [n, c]. */
export function classify(net: Network, states: tf.Tensor): tf.Tensor {
  return tf.tidy(() => net.linear("classifier", dropout(net, states)));
}

const dropout = (net: Network, x: tf.Tensor) => net.dropout ? net.dropout(x) : x;

function normalise(net: Network, name: string, x: tf.Tensor): tf.Tensor {
  if (net.norm) return net.norm(name, x);
  return layerNorm(x, net.weight(`${name}.weight`), net.weight(`${name}.bias`), net.config.layerNormEpsilon);
}

/** Word + position + type (always 0) embeddings, normalised: [n t, d]. */
function embed(net: Network, { ids }: TokenBatch): tf.Tensor {
  const [n, t] = ids.shape, { width } = net.config, first = firstPosition(net.config), most = net.config.maxPositions - first;
  if (t > most) throw new RangeError(`Cannot encode the batch as it must have at most ${most} tokens a row: ${t}`);
  const words = embeddingLookup(net.weight(wordEmbeddings), tf.reshape(ids, [n * t])); // [n t, d]
  const positions = tf.slice(net.weight("embeddings.position_embeddings.weight"), [first, 0], [t, width]);
  const type = tf.slice(net.weight("embeddings.token_type_embeddings.weight"), [0, 0], [1, width]);
  const sum = tf.add(tf.reshape(words, [n, t, width]), tf.add(positions, type));
  return dropout(net, normalise(net, "embeddings.LayerNorm", tf.reshape(sum, [n * t, width])));
}

/** 0 where a token may be attended to, a large negative number where there is padding: [n, 1, 1, t]. */
function attentionBias(mask: tf.Tensor): tf.Tensor {
  const [n, t] = mask.shape;
  return tf.reshape(tf.mul(tf.sub(mask, 1), 1e9), [n, 1, 1, t]);
}

/**
 * One transformer layer, normalised after each residual: [n t, d] -> [n t, d], or [n, d] when only the first token asks.
 */
function block(net: Network, layer: number, x: tf.Tensor, bias: tf.Tensor, n: number, t: number, firstOnly: boolean): tf.Tensor {
  const at = `encoder.layer.${layer}`, { width, heads } = net.config;
  const asking = firstOnly ? tf.reshape(tf.slice(tf.reshape(x, [n, t, width]), [0, 0, 0], [n, 1, width]), [n, width]) : x;
  const rows = firstOnly ? 1 : t;
  const split = (y: tf.Tensor, length: number) => tf.transpose(tf.reshape(y, [n, length, heads, width / heads]), [0, 2, 1, 3]); // [n, h, t, d/h]

  const query = split(tf.mul(net.linear(`${at}.attention.self.query`, asking), 1 / Math.sqrt(width / heads)), rows);
  const key = split(net.linear(`${at}.attention.self.key`, x), t);
  const value = split(net.linear(`${at}.attention.self.value`, x), t);
  const attention = dropout(net, softmax(tf.add(tf.matMul(query, key, false, true), bias))); // [n, h, rows, t]
  const mixed = tf.reshape(tf.transpose(tf.matMul(attention, value), [0, 2, 1, 3]), [n * rows, width]);

  const attended = normalise(
    net,
    `${at}.attention.output.LayerNorm`,
    tf.add(asking, dropout(net, net.linear(`${at}.attention.output.dense`, mixed))),
  );
  const inner = gelu(net.linear(`${at}.intermediate.dense`, attended));
  return normalise(net, `${at}.output.LayerNorm`, tf.add(attended, dropout(net, net.linear(`${at}.output.dense`, inner))));
}
