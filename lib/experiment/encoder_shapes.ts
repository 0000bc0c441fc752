/** The models' shapes, without the models: a config is resolved and a forecast is made before anything is downloaded. */
import type { BertConfig } from "../model/encoder.ts";
import type { RunConfig } from "./config.ts";

/** What their config.json says. */
export const encoderShapes: Readonly<Record<RunConfig["model"], BertConfig>> = {
  "minilm-l6": { layers: 6, width: 384, heads: 12, innerWidth: 1536, vocabularySize: 30522, maxPositions: 512, layerNormEpsilon: 1e-12 },
  "bert-large-uncased": {
    layers: 24,
    width: 1024,
    heads: 16,
    innerWidth: 4096,
    vocabularySize: 30522,
    maxPositions: 512,
    layerNormEpsilon: 1e-12,
  },
  "roberta-large": {
    layers: 24,
    width: 1024,
    heads: 16,
    innerWidth: 4096,
    vocabularySize: 50265,
    maxPositions: 514, // two before the first
    layerNormEpsilon: 1e-5,
    roberta: { paddingId: 1 },
  },
};
