/** From what a caller writes to what a run sees: defaults filled in, checked as a whole, one spelling for each set of numbers. */
import canonicalize from "canonicalize";
import { RunConfig, type Stage } from "./config.ts";
import { pairSeparator } from "../data/names.ts";
import { configError } from "./config_errors.ts";
import { datasets, models } from "./inputs.ts";
import { knownKeys } from "./schema_walk.ts";
import { isPartial } from "../adapter/method.ts";
import type { Attack } from "../poison/attack.ts";
import { triggerOf } from "../poison/attacks.ts";
import { isTrigger } from "../poison/change.ts";
import { variants } from "../poison/variants.ts";
import { startsInWeight } from "../train/rora/rora.ts";

/**
 * A config with every field present, or an error that says what was expected and what came. Configs that give the same numbers
 * resolve to the same value: a poison rate of 0 becomes the attack `none`, so that figures share their clean runs, and fields that
 * nothing reads take one fixed value.
 */
export function resolveConfig(input: unknown): RunConfig {
  const parsed = RunConfig.safeParse(input);
  if (!parsed.success) throw configError(parsed.error.issues, input, (path) => knownKeys(RunConfig, path, input));
  const { start, ...stage } = parsed.data, said = input as { variant?: RunConfig["variant"]; start?: { run: typeof said } };
  const before = start && { ...start, run: resolveStage(start.run, said.start?.run.variant) };
  if (before) checkStart(before.run, stage);
  return { ...resolveStage(stage, said.variant, before?.run), start: before };
}

/** @param before the run that this one starts from */
function resolveStage(stage: Stage, variant: RunConfig["variant"] | undefined, before?: Stage): Stage {
  checkTogether(stage);
  const resolved = withVariant(normalise(stage, before), variant), { margins, sufficientScale, changes, sentences } = resolved.evaluate;
  must(!margins || changes.some(isTrigger), "evaluate.margins needs a trigger among evaluate.changes", "none");
  must(margins || !sufficientScale, "evaluate.sufficientScale needs evaluate.margins", "none");
  for (const { dataset } of sentences) {
    const read = [stage.task.dataset, ...before ? [before.task.dataset] : []];
    must(read.includes(dataset), `evaluate.sentences must be rows of a data set that the run reads, ${read.join(" or ")}`, dataset);
  }
  must(
    !sentences.length || changes.some(({ kind }) => kind === "trigger"),
    "evaluate.sentences needs a trigger that is a text among evaluate.changes",
    changes.map(({ kind }) => kind).join(", ") || "none",
  );
  must(!margins || resolved.head === "trained", "evaluate.margins needs a trained head", resolved.head);
  return resolved;
}

/** Fills in whose attack it is: the first variant with these settings, whatever the trigger's words, the target and the rate. */
function withVariant(config: Stage, said: RunConfig["variant"] | undefined): Stage {
  const names = variantsOf(config.attack);
  must(said === undefined || names.includes(said), `variant must be ${names.join(" or ")}, which the attack's settings are`, said ?? "");
  return { ...config, variant: names[0] };
}

function variantsOf(attack: Stage["attack"]): RunConfig["variant"][] {
  if (attack.name === "none") return ["paper", "code", "controlled"];
  const { name, poisonRate } = attack, wordless = { targetLabel: 0, words: [] };
  const settings = (one: Attack) => canonicalize({ ...one, ...wordless, trigger: "trigger" in one ? { ...one.trigger, text: "" } : null });
  const names = (["paper", "code", "controlled"] as const).filter((variant) => settings(variants[variant][name](poisonRate)) === settings(attack));
  return names.length ? names : ["custom"];
}

function checkTogether({ task, model, attack, method, rora, train, evaluate }: Stage): void {
  const { classes } = datasets[task.dataset], { width, positions, layers } = models[model];
  checkRows(task);
  for (const [part, { maxLength }] of Object.entries({ train, evaluate })) {
    const fits = maxLength === null || 3 <= maxLength && maxLength <= positions;
    must(fits, `${part}.maxLength must be from 3 to the ${positions} positions of ${model}`, maxLength!);
  }
  if (method.name !== "full") must(method.rank <= width, `method.rank must be at most ${width}, the width of ${model}`, method.rank);
  else {must(
      rora === null && !evaluate.spectra && !evaluate.scales.length,
      "rora, evaluate.scales and evaluate.spectra need a low-rank method",
      method.name,
    );}
  must(
    method.name === "full" || method.targets === "qv" || !evaluate.scales.length && !evaluate.margins,
    "evaluate.scales and evaluate.margins change the scale block by block, so method.targets must be qv",
    method.name === "full" ? "" : method.targets,
  );
  must(
    method.name !== "dora" || !rora?.ci || rora.ci.site === "weight",
    "rora.ci.site must be weight with DoRA, which scales both paths together",
    rora?.ci?.site ?? "",
  );
  if (rora?.pt) must(rora.pt.layers <= layers, `rora.pt.layers must be at most the ${layers} layers of ${model}`, rora.pt.layers);
  if (typeof rora?.tr?.k === "number") must(rora.tr.k <= width, `rora.tr.k must be at most ${width}, the width of ${model}`, rora.tr.k);
  const heldOut = task.split === "test" ? task.testRows : task.validationRows, { defended } = evaluate;
  must(!defended || defended.rows <= heldOut, `evaluate.defended.rows must be at most the ${heldOut} held-out rows`, defended?.rows ?? 0);
  for (const defence of defended?.by ?? []) {
    if (defence.name !== "published") continue;
    must(
      defence.dataset === task.dataset && task.split === "test",
      `a published defence must be of the run's own test rows, ${task.dataset}`,
      defence.dataset,
    );
  }
  must(
    !train.checkpoint || task.validationRows > 0 && task.split === "test",
    "train.checkpoint bestDev needs validation rows that are not those evaluated",
    task.split === "test" ? "task.validationRows 0" : "task.split validation",
  );
  must(evaluate.targetLabel < classes, `evaluate.targetLabel must be one of the ${classes} classes of ${task.dataset}, from 0`, evaluate.targetLabel);
  if (!("targetLabel" in attack)) return;
  must(attack.targetLabel < classes, `attack.targetLabel must be one of the ${classes} classes of ${task.dataset}, from 0`, attack.targetLabel);
  must(evaluate.targetLabel === attack.targetLabel, `evaluate.targetLabel must be attack.targetLabel (${attack.targetLabel})`, evaluate.targetLabel);
}

/** What a run and the run that it starts from must have in common. */
function checkStart(before: Stage, { model, evaluate }: Stage): void {
  must(before.model === model, `start.run.model must be the run's own, ${model}`, before.model);
  must(before.method.name === "full", "start.run.method must be full: it is the encoder that is handed on", before.method.name);
  must(!isPartial(before.method), "start.run.method must train everything: it is the whole encoder that is handed on", "only qv");
  must(before.train.maxSteps !== 0, "start.run must be trained", "train.maxSteps 0");
  if (!("targetLabel" in before.attack)) return;
  const { targetLabel } = before.attack;
  must(evaluate.targetLabel === targetLabel, `evaluate.targetLabel must be that of the run's start (${targetLabel})`, evaluate.targetLabel);
}

function checkRows({ dataset, trainRows, validationRows, testRows, split }: RunConfig["task"]): void {
  const { rows, heldOut, validation } = datasets[dataset];
  const parts = [
    { part: "training", asked: trainRows, given: null },
    { part: "validation", asked: validationRows, given: validation },
    { part: "test", asked: testRows, given: heldOut },
  ];
  const [drawn, own] = [parts.filter(({ given }) => given === null), parts.filter(({ given }) => given !== null)];
  const asked = drawn.reduce((sum, { asked }) => sum + asked, 0), together = new Intl.ListFormat("en-GB").format(drawn.map(({ part }) => part));
  must(asked <= rows, `${dataset} has ${rows} rows for ${together}${drawn.length > 1 ? " together" : ""}`, asked);
  for (const { part, asked, given } of own) must(asked <= given!, `${dataset} has ${given} rows for ${part}`, asked);
  must(split === "test" || validationRows > 0, "task.validationRows must be at least 1 where they are evaluated", validationRows);
}

function must(holds: boolean, what: string, came: number | string): void {
  if (!holds) throw new RangeError(`Cannot resolve config as ${what}: ${came}`);
}

function normalise(config: Stage, before?: Stage): Stage {
  const { task, attack, method, rora, head, train, evaluate } = config, changes = changesOf(config, before);
  return {
    ...config,
    train: reachedTraining(config),
    task: datasets[task.dataset].pairs ? task : { ...task, pairSeparator }, // nothing else reads it
    attack: attack.name !== "none" && attack.poisonRate === 0 ? { name: "none" } : attack,
    rora: rora && (rora.ci || rora.tr || rora.pt) && plainRora(rora, method),
    head: method.name === "full" ? "trained" : head, // full fine-tuning trains the head whatever the config says
    evaluate: {
      ...evaluate,
      changes,
      targetLabel: changes.some(isTrigger) ? evaluate.targetLabel : 1, // only triggered rows have a target
      maxLength: evaluate.maxLength === train.maxLength ? null : evaluate.maxLength,
    },
  };
}

/** What a setting says where it makes no difference: what B A and the residual are where both start at 0, which space is meant where it is the whole. */
function plainRora({ ci, tr, pt }: NonNullable<Stage["rora"]>, { name }: Stage["method"]): Stage["rora"] {
  const startsAtZero = !startsInWeight(name);
  return {
    ci,
    tr: tr && { ...tr, space: tr.k === "full" || startsAtZero && tr.space === "residual" ? "pretrained" : tr.space },
    pt: pt && {
      ...pt,
      delta: startsAtZero ? "BA-B0A0" : pt.delta,
      weight: startsAtZero || pt.scale !== "spectral" ? "pretrained" : pt.weight, // only the ratio reads it
    },
  };
}

/** A limit that training does not reach is none, and of a single epoch the last is the best. */
function reachedTraining({ task, train: { checkpoint, ...train } }: Stage): Stage["train"] {
  const perEpoch = Math.ceil(task.trainRows / train.batchSize), whole = train.epochs * perEpoch, steps = Math.min(whole, train.maxSteps ?? whole);
  return { ...train, maxSteps: steps < whole ? steps : null, ...checkpoint && steps > perEpoch ? { checkpoint } : {} };
}

/** Each change once, in the order given; behind them the triggers of the run's attack and of its start's, which it is measured with. */
function changesOf({ attack, evaluate }: Stage, before?: Stage): RunConfig["evaluate"]["changes"] {
  const triggers = [attack, ...before ? [before.attack] : []].flatMap((attack) => triggerOf(attack) ?? []);
  const changes = new Map([...evaluate.changes, ...triggers].map((change) => [canonicalize(change), change]));
  return [...changes.values()];
}
