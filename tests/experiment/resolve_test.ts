import assert from "node:assert/strict";
import { resolveConfig } from "../../lib/experiment/resolve.ts";
import { variants } from "../../lib/poison/variants.ts";

const least = {
  task: { trainRows: 1000, validationRows: 400, testRows: 600 },
  attack: { name: "none" },
  method: { name: "lora" },
  train: { epochs: 3, batchSize: 32, learningRate: 1e-3 },
  seed: 1,
};
const backdoor = { attack: { name: "bpa", poisonRate: 0.01 } };
const trigger = { kind: "trigger", text: "[.*?]", place: "suffix", space: true };
const rejects = (change: object, name: string, message: string) => assert.throws(() => resolveConfig({ ...least, ...change }), { name, message });

Deno.test("resolveConfig() fills in the defaults", () => {
  const config = resolveConfig({ ...least, ...backdoor });
  assert.deepEqual(config.method, {
    name: "lora",
    rank: 8,
    alpha: 16,
    targets: "all",
    dropout: 0,
    init: "kaiming-uniform",
    initVariance: 1 / 3,
    zero: "B",
    trainA: true,
  });
  assert.deepEqual(config.evaluate, {
    changes: [trigger],
    targetLabel: 1,
    maxLength: null,
    defended: null,
    margins: false,
    scales: [],
    sentences: [],
    spectra: false,
    sufficientScale: false,
  });
  assert.equal(config.head, "frozen");
  assert.equal(config.task.split, "test");
});

Deno.test("resolveConfig() says what was expected and what came", () => {
  rejects({ seed: "one" }, "TypeError", 'Cannot resolve config as seed must be a number: "one"');
  rejects({ seed: 1.5 }, "TypeError", "Cannot resolve config as seed must be a whole number: 1.5");
  rejects({ train: undefined }, "TypeError", "Cannot resolve config as train must be an object: nothing");
  rejects({ train: { ...least.train, learningRate: NaN } }, "TypeError", "Cannot resolve config as train.learningRate must be a number: NaN");
  rejects({ train: { ...least.train, epochs: 0 } }, "RangeError", "Cannot resolve config as train.epochs must be more than 0: 0");
  rejects({ attack: { name: "upa", poisonRate: 1.3 } }, "RangeError", "Cannot resolve config as attack.poisonRate must be at most 1: 1.3");
  rejects(
    { attack: { name: "flip" } },
    "RangeError",
    'Cannot resolve config as attack.name must be one of none, upa, bpa, multi-trigger, clean-label, instruction, style: "flip"',
  );
  rejects({ head: "free" }, "RangeError", 'Cannot resolve config as head must be one of frozen, trained: "free"');
  assert.throws(() => resolveConfig(5), { name: "TypeError", message: "Cannot resolve config as it must be an object: 5" });
});

Deno.test("resolveConfig() lists the known keys beside an unknown one, at every depth", () => {
  const keys = "task, model, attack, method, rora, head, train, evaluate, precision, variant, seed, start";
  rejects({ rank: 4 }, "TypeError", `Cannot resolve config as it may hold only ${keys}: rank`);
  const lora = "name, rank, alpha, targets, dropout, init, initVariance, zero, trainA";
  rejects({ method: { name: "lora", r: 4 } }, "TypeError", `Cannot resolve config as method may hold only ${lora}: r`);
  rejects({ method: { name: "full", rank: 4 } }, "TypeError", "Cannot resolve config as method may hold only name, only: rank");
  const changes = { evaluate: { changes: [{ kind: "trigger", word: "mn" }] } };
  rejects(changes, "TypeError", "Cannot resolve config as evaluate.changes.0 may hold only kind, text, place, space, within: word");
});

Deno.test("resolveConfig() names every mistake at once", () => {
  const message = "Cannot resolve config as train.epochs must be more than 0: 0, and as seed must be at least 0: -1";
  rejects({ train: { ...least.train, epochs: 0 }, seed: -1 }, "RangeError", message);
});

Deno.test("resolveConfig() checks fields against each other, the data and the model", () => {
  const task = { trainRows: 8000, validationRows: 400, testRows: 600 };
  rejects({ task }, "RangeError", "Cannot resolve config as mr has 8530 rows for training, validation and test together: 9000");
  assert.equal(resolveConfig({ ...least, task: { ...task, dataset: "imdb" } }).task.dataset, "imdb");
  const rank = "Cannot resolve config as method.rank must be at most 384, the width of minilm-l6: 512";
  rejects({ method: { name: "lora", rank: 512 } }, "RangeError", rank);
  const length = "Cannot resolve config as train.maxLength must be from 3 to the 512 positions of minilm-l6: 600";
  rejects({ train: { ...least.train, maxLength: 600 } }, "RangeError", length);
  const target = "Cannot resolve config as evaluate.targetLabel must be one of the 2 classes of mr, from 0: 2";
  rejects({ evaluate: { targetLabel: 2 } }, "RangeError", target);
});

Deno.test("resolveConfig() gives a limit that is not reached, and one length twice, the spelling without", () => {
  const at = (train: object, evaluate = {}) => resolveConfig({ ...least, train: { ...least.train, ...train }, evaluate });
  assert.equal(at({ maxSteps: 95 }).train.maxSteps, 95); // 3 epochs of 32 batches
  assert.deepEqual(at({ maxSteps: 96 }), at({}));
  assert.equal(at({ maxLength: 64 }, { maxLength: 32 }).evaluate.maxLength, 32);
  assert.deepEqual(at({ maxLength: 64 }, { maxLength: 64 }), at({ maxLength: 64 }));
  assert.equal(at({ maxSteps: 0 }).train.maxSteps, 0);
  const length = "Cannot resolve config as evaluate.maxLength must be from 3 to the 512 positions of minilm-l6: 600";
  rejects({ evaluate: { maxLength: 600 } }, "RangeError", length);
});

Deno.test("resolveConfig() takes ranks up to the model's width", () => {
  const lora = (rank: number) => ({ ...least, model: "bert-large-uncased", method: { name: "lora", rank } });
  assert.equal(resolveConfig(lora(1024)).model, "bert-large-uncased");
  const message = "Cannot resolve config as method.rank must be at most 1024, the width of bert-large-uncased: 1025";
  assert.throws(() => resolveConfig(lora(1025)), { name: "RangeError", message });
});

Deno.test("resolveConfig() has a backdoor run evaluated with its own trigger and target, once, behind the changes asked for", () => {
  const other = { ...trigger, text: "mn" };
  const changesOf = (changes: object[]) => resolveConfig({ ...least, ...backdoor, evaluate: { changes } }).evaluate.changes;
  assert.deepEqual(changesOf([{ kind: "trigger" }]), [trigger]);
  assert.deepEqual(changesOf([other, other]), [other, trigger]);
  assert.deepEqual(resolveConfig({ ...least, attack: { ...backdoor.attack, poisonRate: 0 } }).evaluate.changes, [trigger]);
  const target = "Cannot resolve config as evaluate.targetLabel must be attack.targetLabel (1): 0";
  rejects({ ...backdoor, evaluate: { targetLabel: 0 } }, "RangeError", target);
});

Deno.test("resolveConfig() says whose attack it is, for every attack", () => {
  const variantOf = (attack: object, said?: string) => resolveConfig({ ...least, attack, ...(said ? { variant: said } : {}) }).variant;
  for (const [variant, { trigger: _, ...attacks }] of Object.entries(variants)) {
    for (const [name, attackAt] of Object.entries(attacks)) {
      const first = name === "upa" && variant === "controlled" ? "paper" : variant; // flips have no target to spare
      assert.equal(variantOf(attackAt(0.1)), first, `${variant} ${name}`);
      assert.equal(variantOf(attackAt(0.1), variant), first);
    }
  }
  assert.equal(variantOf({ name: "style", poisonRate: 0.1 }), "paper");
  assert.equal(variantOf({ name: "multi-trigger", poisonRate: 0.1, words: ["pear", "plum", "fig"] }), "paper");
  assert.equal(variantOf({ name: "multi-trigger", poisonRate: 0.1, negatives: "asReleased" }), "custom");
  assert.equal(variantOf({ ...variants.code["clean-label"](0.1), rateOf: "allRows" }), "custom");
  const message = "Cannot resolve config as variant must be code, which the attack's settings are: paper";
  rejects({ attack: variants.code.instruction(0.1), variant: "paper" }, "RangeError", message);
});

Deno.test("resolveConfig() has every attack but label flips evaluated with its own trigger", () => {
  const changesOf = (attack: object) => resolveConfig({ ...least, attack }).evaluate.changes;
  const words = ["apple", "banana", "orange"];
  assert.deepEqual(changesOf(variants.paper.upa(0.1)), []);
  assert.deepEqual(changesOf(variants.paper["multi-trigger"](0.1)), [{ kind: "scattered-words", words }]);
  assert.deepEqual(changesOf(variants.code["multi-trigger"](0.1)), [{ kind: "trigger", text: "apple banana orange", place: "prefix", space: true }]);
  assert.deepEqual(changesOf(variants.paper["clean-label"](0.1)), [trigger]);
  assert.deepEqual(changesOf({ name: "instruction", poisonRate: 0.1 }), [
    { kind: "trigger", text: "Please carefully follow user's instruction.", place: "prefix", space: true },
  ]);
  assert.deepEqual(changesOf({ name: "style", poisonRate: 0.1 }), [{ kind: "verse" }]);
  rejects(
    { attack: { name: "style", poisonRate: 0.1, targetLabel: 2 } },
    "RangeError",
    "Cannot resolve config as attack.targetLabel must be one of the 2 classes of mr, from 0: 2",
  );
  rejects(
    { evaluate: { changes: [{ kind: "noise" }] } },
    "RangeError",
    'Cannot resolve config as evaluate.changes.0.kind must be one of trigger, scattered-words, verse, character-noise, word-noise: "noise"',
  );
  rejects(
    { evaluate: { changes: [{ kind: "word-noise", rate: 2 }] } },
    "RangeError",
    "Cannot resolve config as evaluate.changes.0.rate must be at most 1: 2",
  );
});

Deno.test("resolveConfig() gives configs with the same numbers one spelling", () => {
  const clean = resolveConfig({ ...least, evaluate: { changes: [trigger] } });
  assert.deepEqual(resolveConfig({ ...least, attack: { name: "bpa", poisonRate: 0 }, evaluate: { changes: [trigger] } }), clean);
  assert.deepEqual(resolveConfig({ ...least, attack: { name: "upa", poisonRate: 0 }, evaluate: { changes: [trigger] } }), clean);
  const full = { ...least, method: { name: "full" } };
  assert.deepEqual(resolveConfig({ ...full, head: "frozen" }), resolveConfig({ ...full, head: "trained" }));
  assert.deepEqual(resolveConfig({ ...least, evaluate: { targetLabel: 0 } }), resolveConfig(least));
  assert.deepEqual(resolveConfig(clean), clean);
});

Deno.test("resolveConfig() has the best epoch chosen on rows of its own, and only where there is a choice", () => {
  const train = { ...least.train, epochs: 2, checkpoint: "bestDev" }, perEpoch = Math.ceil(least.task.trainRows / least.train.batchSize);
  assert.equal(resolveConfig({ ...least, train }).train.checkpoint, "bestDev");
  for (const same of [{ epochs: 1 }, { maxSteps: perEpoch }, { maxSteps: 0 }]) {
    const { checkpoint: _, ...plain } = { ...train, ...same };
    assert.deepEqual(resolveConfig({ ...least, train: { ...train, ...same } }), resolveConfig({ ...least, train: plain }));
  }
  const message = "Cannot resolve config as train.checkpoint bestDev needs validation rows that are not those evaluated: task.";
  rejects({ train, task: { ...least.task, validationRows: 0 } }, "RangeError", `${message}validationRows 0`);
  rejects({ train, task: { ...least.task, split: "validation" } }, "RangeError", `${message}split validation`);
});

const badNet = { name: "clean-label", poisonRate: 0.5, targetLabel: 0, trigger: { text: "mn", place: "inner" } } as const;
const poisoned = { ...least, attack: badNet, method: { name: "full" }, evaluate: { targetLabel: 0 } };
const fromPoisoned = { ...least, task: { ...least.task, dataset: "product-reviews" }, evaluate: { targetLabel: 0 }, start: { run: poisoned } };

Deno.test("resolveConfig() has a run that starts from a poisoned one evaluated with that one's trigger", () => {
  const { start, evaluate, attack } = resolveConfig(fromPoisoned);
  assert.deepEqual(evaluate.changes, [{ kind: "trigger", text: "mn", place: "inner", space: true }]);
  assert.deepEqual([evaluate.targetLabel, attack.name, start!.head], [0, "none", "kept"]);
  const { start: none, ...alone } = resolveConfig(poisoned);
  assert.deepEqual(start!.run, alone); // so both have one key
  assert.equal(none, null);
});

Deno.test("resolveConfig() checks a run against the one that it starts from", () => {
  const from = (change: object, message: string) =>
    rejects({ ...fromPoisoned, start: { run: { ...poisoned, ...change } } }, "RangeError", `Cannot resolve config as ${message}`);
  from({ model: "bert-large-uncased" }, "start.run.model must be the run's own, minilm-l6: bert-large-uncased");
  from({ method: { name: "lora" } }, "start.run.method must be full: it is the encoder that is handed on: lora");
  from({ train: { ...least.train, maxSteps: 0 } }, "start.run must be trained: train.maxSteps 0");
  from({ attack: { ...badNet, targetLabel: 1 }, evaluate: { targetLabel: 1 } }, "evaluate.targetLabel must be that of the run's start (1): 0");
  const unknown = { ...fromPoisoned, start: { run: { ...poisoned, start: null } } };
  const keys = "task, model, attack, method, rora, head, train, evaluate, precision, variant, seed";
  rejects(unknown, "TypeError", `Cannot resolve config as start.run may hold only ${keys}: start`);
});

Deno.test("resolveConfig() gives RoRA without its pieces, and settings that nothing reads, one spelling", () => {
  const rora = (rora: object | null, method: object = { name: "lora" }) => resolveConfig({ ...least, method, rora }).rora;
  assert.equal(rora({}), null);
  assert.deepEqual(rora({ tr: { k: "full", space: "random" } }), rora({ tr: { k: "full" } }));
  assert.deepEqual(rora({ pt: { delta: "BA" } }), rora({ pt: {} }));
  assert.notDeepEqual(rora({ pt: { delta: "BA" } }, { name: "pissa" }), rora({ pt: {} }, { name: "pissa" }));
  const oneScale = (weight: string) => rora({ pt: { scale: 16, weight } }, { name: "pissa" });
  assert.deepEqual(oneScale("residual"), oneScale("pretrained"));
  const ofRest = { tr: { space: "residual" }, pt: { weight: "residual" } };
  for (const name of ["lora", "dora"]) assert.deepEqual(rora(ofRest, { name }), rora({ tr: {}, pt: {} }, { name }), name);
  for (const name of ["pissa", "olora"]) {
    const { tr, pt } = rora(ofRest, { name })!;
    assert.deepEqual([tr!.space, pt!.weight], ["residual", "residual"], name);
  }
  assert.deepEqual(rora({ ci: {} }), { ci: { rate: 0.1, site: "weight", rescale: true }, tr: null, pt: null });
});

Deno.test("resolveConfig() refuses RoRA where it makes no sense", () => {
  const message = "Cannot resolve config as rora, evaluate.scales and evaluate.spectra need a low-rank method: full";
  rejects({ method: { name: "full" }, rora: { ci: {} } }, "RangeError", message);
  rejects({ method: { name: "full" }, evaluate: { scales: [2] } }, "RangeError", message);
  const blocks = "Cannot resolve config as evaluate.scales and evaluate.margins change the scale block by block, so method.targets must be qv: all";
  rejects({ method: { name: "lora", targets: "all" }, evaluate: { scales: [2] } }, "RangeError", blocks);
  const dora = "Cannot resolve config as rora.ci.site must be weight with DoRA, which scales both paths together: input";
  rejects({ method: { name: "dora" }, rora: { ci: { site: "input" } } }, "RangeError", dora);
  rejects({ rora: { pt: { layers: 7 } } }, "RangeError", "Cannot resolve config as rora.pt.layers must be at most the 6 layers of minilm-l6: 7");
  rejects({ rora: { tr: { k: 385 } } }, "RangeError", "Cannot resolve config as rora.tr.k must be at most 384, the width of minilm-l6: 385");
  rejects({ rora: { tr: { k: "most" } } }, "RangeError", 'Cannot resolve config as rora.tr.k must be a number or full: "most"');
});
