import assert from "node:assert/strict";
import { resolveConfig } from "../../lib/experiment/resolve.ts";
import { resolveStudy, type StudyInput, studyKey } from "../../lib/experiment/study_schema.ts";
import { profileNamed } from "../../lib/experiment/profiles.ts";
import { studies } from "../../lib/experiment/studies/grid.ts";
import { planStudies } from "../../lib/experiment/study_sweep.ts";
import { tinyRun } from "../support/tiny_session.ts";

const task = { trainRows: 80, validationRows: 4, testRows: 30 };
const digests = { data: "d", weights: "w" }, run = tinyRun({ task });
const twins: StudyInput = { study: "twins", run };
const proxy = { ...run, attack: { name: "clean-label" as const, poisonRate: 0.5 }, method: { name: "full" as const } };
const tuned: StudyInput["run"] = { ...run, attack: { name: "none" }, start: { run: proxy } };

Deno.test("resolveStudy() fills in defaults, and resolves the run as sweeps do", () => {
  assert.deepEqual(resolveStudy(twins), { study: "twins", run: resolveConfig(run), rows: 64, checkpoints: 20 });
});

Deno.test("resolveStudy() says what does not fit together", () => {
  const cases: [StudyInput, RegExp][] = [
    [
      { study: "twins", run: tinyRun({ task, attack: { name: "none" } }) },
      /as the run of twins must be poisoned: its clean twin is made from it: attack none$/,
    ],
    [{ study: "twins", run: tinyRun({ task, attack: { name: "upa", poisonRate: 0 } }) }, /must be poisoned/],
    [
      { study: "angles", run: tinyRun({ task, attack: { name: "upa", poisonRate: 0.3 } }), rows: 4 },
      /as the run of angles must have an attack with a trigger: upa$/,
    ],
    [{ study: "course", run, rows: 81 }, /at most the run's 80 training rows can be measured: 81$/],
    [{ study: "course", run, rows: 4, fisherRows: 5 }, /fisherRows must be at most rows, 4: 5$/],
    [{ study: "course", run, rows: 4, checkpoints: [0.5] }, /checkpoints must begin at the start, 0: drift is measured from there: 0\.5$/],
    [{ study: "course", run, rows: 4, checkpoints: [0], linearised: true }, /checkpoints must go to the end, 1, for a linearised model: 0$/],
    [
      { study: "course", run: tinyRun({ task, method: { name: "full" } }), rows: 4, aligned: true },
      /only LoRA's kernel is aligned with full fine-tuning's: full$/,
    ],
    [{ study: "decomposition", run }, /must start from an encoder that is poisoned with a trigger: no start$/],
    [{ study: "decomposition", run: { ...tuned, start: { run: { ...proxy, attack: { name: "none" } } } } }, /poisoned with a trigger: none$/],
    [{ study: "decomposition", run: { ...tuned, method: { name: "full" } } }, /the run of a decomposition must be LoRA: full$/],
    [{ study: "decomposition", run: tuned, arms: [{ pt: {} }] }, /before it is rescaled: RoRA's pieces but Pt stand in arms: rora$/],
    [{ study: "projection", run, full: tuned }, /the run of a projection must start from an encoder that is poisoned with a trigger: no start$/],
    [{ study: "projection", run: tuned, full: tuned }, /as full must be full fine-tuning of every tensor: lora$/],
    [
      { study: "projection", run: tuned, full: { ...tuned, method: { name: "full" }, seed: 2 } },
      /run and full must have one model, task, attack, start, seed, number of steps and held-out rows: they differ$/,
    ],
    [
      { study: "projection", run: tuned, full: { ...tuned, method: { name: "full" }, train: { ...tuned.train, checkpoint: "bestDev" } } },
      /full\.train\.checkpoint must be left out, as a study watches training to its last step: bestDev$/,
    ],
    [{ study: "blocks", run: { ...tuned, method: { name: "dora", rank: 2, alpha: 2 } } }, /the run behind blocks must be LoRA: dora$/],
  ];
  for (const [input, message] of cases) assert.throws(() => resolveStudy(input), { name: "RangeError", message });
  assert.throws(() => resolveStudy({ study: "angles", run, checkpoints: [0, 0] }), {
    name: "TypeError",
    message: "Cannot resolve study as it must have the fields of study_schema.ts: checkpoints: must rise",
  });
});

Deno.test("studyKey() is that of everything that decides the numbers, defaults left out", () => {
  const key = (input: StudyInput, of = digests) => studyKey(resolveStudy(input), of);
  assert.match(key(twins), /^[0-9a-f]{64}$/);
  assert.equal(key({ ...twins, rows: 64, checkpoints: 20 } as StudyInput), key(twins));
  const others = [
    key({ study: "twins", run, rows: 32 }),
    key({ study: "twins", run: { ...run, seed: 2 } }),
    key({ study: "angles", run }),
    key({ study: "course", run }),
    key(twins, { ...digests, data: "e" }),
  ];
  assert.equal(new Set([key(twins), ...others]).size, 6);
});

Deno.test("a decomposition's key knows the run that it starts from, and an arm without pieces is plain LoRA", () => {
  const key = (input: Partial<Extract<StudyInput, { study: "decomposition" }>>, start = "s") =>
    studyKey(resolveStudy({ study: "decomposition", run: tuned, ...input }), { ...digests, start });
  assert.equal(key({ arms: [{}] }), key({}));
  assert.equal(new Set([key({}), key({}, "t"), key({ arms: [null, { tr: {} }] }), key({ directions: [2] })]).size, 4);
});

Deno.test("studies() of a profile: each once, quick's from one seed, five seeds for what is paired", async () => {
  const digestsOf = () => Promise.resolve(digests);
  const [quick, standard] = await Promise.all((["quick", "standard"] as const).map((name) => planStudies(studies(profileNamed(name)), digestsOf)));
  assert.equal(quick.length, studies(profileNamed("quick")).length);
  assert(quick.every(({ study }) => study.run.seed === 1));
  const quickA = studies(profileNamed("quick"), undefined, "a");
  assert(quickA.every((study) => "checkpoints" in study && Array.isArray(study.checkpoints) && study.checkpoints.at(-1) === 0), "nothing is trained");
  assert.deepEqual(studies(profileNamed("quick"), undefined, "b").map(({ study }) => study), ["decomposition", "blocks", "projection"]);
  const seeds = (kind: string) => new Set(standard.filter(({ study }) => study.study === kind).map(({ study }) => study.run.seed));
  for (const kind of ["twins", "course", "angles", "decomposition", "blocks", "projection"]) assert.deepEqual([...seeds(kind)], [1, 2, 3, 4, 5]);
  assert.deepEqual(standard.map(({ index }) => index), [...standard.keys()].map((i) => i + 1));
  assert.equal(studies(profileNamed("standard"), [7]).every(({ run }) => run.seed === 7), true);
});
