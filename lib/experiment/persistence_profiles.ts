/**
 * Paper B's part of the profiles. Paper B poisons 1,500 proxy rows, three quarters of the target class's where 4,000 are read, three times; it
 * fine-tunes for 20 epochs. Its share of poisoned rows is kept; rows and epochs are what two cores can read. Learning rates are chosen on clean
 * validation rows, from an encoder that was never poisoned, by the rule of calibration.ts (experiment `calibration-b`, before any run with poison).
 * The low-rank methods of a pair share one rate, that of their mean accuracy: with rates of their own they would differ by chance in what decides
 * most.
 *
 * What the paper's text leaves open beside RoRA's own choices (`train/rora/rora.ts`) follows the code that it builds on: query and value are adapted,
 * and the classifier is trained from where the proxy left it. The other three low-rank methods have the defaults of the library that the paper names,
 * so half of LoRA's scale and no dropout, as Table 4's figure says. Quick and standard leave the last epoch's weights, as their rows for choosing are
 * few; `paper` those of the best.
 */
import { controlNames, type Persistence, type ProxyPair, triggerNames } from "./persistence.ts";

const shared = (rate: number) => ({ lora: rate, pissa: rate, dora: rate, olora: rate });

const heldOut = { validationRows: 300, testRows: 600 };

/** Film reviews to product reviews: the papers' MR to CR with the product reviews that can be had. */
const films: ProxyPair = {
  proxy: { dataset: "mr", trainRows: 2000, validationRows: 400, testRows: 600 },
  target: { dataset: "product-reviews", trainRows: 800, ...heldOut },
  learningRate: { proxy: 1e-4, full: 1e-4, ...shared(2e-3) },
};

/** Whole reviews to sentences: the papers' IMDB to SST-2. The two share no text. */
const reviews: ProxyPair = {
  proxy: { dataset: "imdb", trainRows: 2000, validationRows: 400, testRows: 600 },
  proxyLength: 64,
  within: 20,
  target: { dataset: "mr", trainRows: 800, ...heldOut },
  learningRate: { proxy: 1e-4, full: 1e-4, ...shared(4e-3) },
};

/** Whole reviews to the grammar of sentences: the papers' CoLA with the rows that can be had. The two share no text. */
const order: ProxyPair = {
  ...reviews,
  target: { dataset: "mr-order", trainRows: 2000, ...heldOut },
  learningRate: { proxy: 1e-4, full: 1e-4, ...shared(4e-3) },
};

/** In place of paper B's three: ONION by a small language model, back-translation by small neural models, and rules in place of SCPD's model. */
const defences: Persistence["defended"]["by"] = [
  { name: "onion", bar: 100 },
  { name: "back-translation" },
  { name: "rule-based-paraphrase" },
];

const training = { batchSize: 32, schedule: "linear", warmup: 0.06 } as const;

export const quickPersistence: Persistence = {
  model: "minilm-l6",
  pairs: [films, reviews],
  acceptability: order,
  poisonRate: 0.75,
  proxyTraining: { epochs: 2, ...training },
  training: { epochs: 2, ...training },
  lora: { rank: 8, alpha: 16, dropout: 0.1 },
  variants: { rank: 8, alpha: 8, dropout: 0 },
  rora: { ci: { rate: 0.1 }, tr: { lambda: 10 }, pt: { layers: 3 } },
  tables: { otherModels: [], pairs: [films], attacks: ["badnet"], controls: ["l2", "random", "one-scale"], lowerRate: 0.15 },
  sweeps: {
    scales: [1, 2, 4, 8, 16, 32, 64, 128],
    lambdas: [1, 20],
    rates: [0.05, 0.3],
    ranks: [4, 64],
    alphas: [64, 128],
    poisonRates: [0.15],
    epochs: [6],
    learningRates: [0.25, 4],
  },
  // ONION takes about a second a text, once: purified texts are kept. Its bar is the largest of the released code, which names no rule for it.
  defended: { rows: 50, by: defences },
  // The released code has two lists of bars, 1 to 100 and 30 to 300: their ends, and between.
  defences: { rows: 200, bars: [1, 10, 30, 100, 300] },
  calibration: {
    learningRates: { full: [2e-5, 5e-5, 1e-4, 2e-4], lowRank: [5e-4, 1e-3, 2e-3, 4e-3] },
    seeds: [101, 102],
  },
};

export const standardPersistence: Persistence = {
  ...quickPersistence,
  tables: { otherModels: [], pairs: [films, reviews], attacks: triggerNames, controls: controlNames, lowerRate: 0.15 },
  sweeps: {
    ...quickPersistence.sweeps,
    lambdas: [1, 5, 15, 20],
    rates: [0.05, 0.15, 0.2, 0.3],
    ranks: [4, 16, 32, 64],
    alphas: [32, 64, 128],
    poisonRates: [0.05, 0.15, 0.4],
    epochs: [1, 6, 10],
  },
};

/** The paper's own splits, from a folder of the reader's; its learning rates, of which it says no more than that they converge. */
const pairOf = (proxy: ProxyPair["proxy"], ofTargetClass: number, target: ProxyPair["target"], proxyLength?: number): ProxyPair => ({
  proxy,
  ...proxyLength ? { proxyLength } : {},
  poisonRate: 1500 / ofTargetClass, // so many of the proxy's rows have the target class
  target,
  learningRate: { proxy: 2e-5, full: 2e-5, ...shared(2e-4) },
});

/** Tokens: no row of its sentences is cut, so that no trigger is lost. */
const wholeRows = { maxLength: 160 };

const cola = pairOf(
  { dataset: "paper-b-sst-2", trainRows: 6920, validationRows: 872, testRows: 1821 },
  3310,
  { dataset: "paper-b-cola", trainRows: 7551, validationRows: 1000, testRows: 1043 },
);

const paperPairs = [
  pairOf(
    { dataset: "paper-b-imdb", trainRows: 4000, validationRows: 1000, testRows: 1000 },
    1948,
    { dataset: "paper-b-sst-2", trainRows: 6920, validationRows: 872, testRows: 1821 },
    512, // whole film reviews
  ),
  pairOf(
    { dataset: "paper-b-mr", trainRows: 4000, validationRows: 1000, testRows: 1000 },
    2006,
    { dataset: "paper-b-cr", trainRows: 2500, validationRows: 500, testRows: 775 },
  ),
  cola,
];

/** The paper's ablations and sweeps are of RoBERTa-large, its main table of BERT-large as well. */
export const paperPersistence: Persistence = {
  ...standardPersistence,
  model: "roberta-large",
  pairs: paperPairs,
  acceptability: cola,
  tables: { ...standardPersistence.tables, otherModels: ["bert-large-uncased"], pairs: paperPairs },
  proxyTraining: { epochs: 3, ...training, ...wholeRows, checkpoint: "bestDev" },
  training: { epochs: 20, ...training, ...wholeRows, checkpoint: "bestDev" },
};
