/**
 * Which studies a profile has. Paper A's: the claims name larger grids; what is left out for time: 64 measured rows instead of 256, the rank 512 (the encoder
 * is 384 wide), spectra at s = 1 but for rank 8, the second dose of the backdoor but for the first task, and more than one seed for correlations
 * over r x s and for random labels, whose verdicts are provisional. Paper B's: its first pair and trigger; in quick one seed at its usual dose.
 */
import { variants } from "../../poison/variants.ts";
import type { Paper } from "../experiments.ts";
import { lora, mainMethods, type MethodInput, rateOf } from "../grid.ts";
import { type Arm, startedRun } from "../persistence.ts";
import { full, lowRankArm } from "../persistence_cells.ts";
import type { Profile, TaskProfile } from "../profile.ts";
import { resolveStudy, type Study, type StudyInput } from "../study_schema.ts";

type Attack = StudyInput["run"]["attack"];
type Settings<Name extends StudyInput["study"]> = Omit<Extract<StudyInput, { readonly study: Name }>, "run" | "study">;

/** The studies of a profile, resolved; `seeds` in place of the profile's own, and those of one paper alone. */
export function studies(profile: Profile, seeds: readonly number[] = profile.seeds, paper?: Paper): Study[] {
  if (profile.name === "paper") return []; // their grids are those of a small encoder
  const of = (count: number, cells: (seed: number) => StudyInput[]) => seeds.slice(0, count).flatMap(cells).map(resolveStudy);
  const isQuick = profile.name === "quick", at = createCells(profile), { poisonRate, tables: { lowerRate } } = profile.persistence;
  const a = () =>
    isQuick ? of(1, at.starts) : [
      ...of(5, at.mainTwins),
      ...of(5, at.courses),
      ...of(5, at.anglesAtStart),
      ...of(5, at.anglesAlong),
      ...of(5, at.variances),
      ...of(1, at.spread),
      ...of(1, at.capacity),
    ];
  const b = () =>
    isQuick ? [...of(1, at.decompositions([poisonRate])), ...of(1, at.blocks([poisonRate])), ...of(1, at.projections([lowerRate]))] : [
      ...of(5, at.decompositions([poisonRate, lowerRate])),
      ...of(5, at.projections([poisonRate, lowerRate])),
      ...of(5, at.blocks([poisonRate, lowerRate])),
    ];
  return [...paper === "b" ? [] : a(), ...paper === "a" ? [] : b()];
}

function createCells(profile: Profile) {
  const [task] = profile.tasks, { flipRate, exposures } = profile.sweep, main = mainMethods(profile);
  const flips: Attack = variants.paper.upa(flipRate);
  const door = (dose: number, at: TaskProfile = task): Attack => variants.paper.bpa(rateOf(dose, profile, at));
  const run = (method: MethodInput, attack: Attack, seed: number, at: TaskProfile = task): StudyInput["run"] => ({
    task: at.rows,
    attack,
    method,
    train: { ...profile.training, learningRate: at.learningRate[method.name === "full" ? "full" : "lora"] },
    seed,
  });
  const scaled = (rank: number, scale: number): MethodInput => ({ name: "lora", rank, alpha: scale * rank });
  const grid = (ranks: readonly number[], scales: readonly number[]) => ranks.flatMap((rank) => scales.map((scale) => scaled(rank, scale)));
  /** From an encoder poisoned with a word, of paper B's first pair: LoRA, or another arm. */
  const tuned = (poisonRate: number, seed: number, arm: Arm = lowRankArm(profile.persistence)) => {
    const { persistence } = profile, [pair] = persistence.pairs;
    return startedRun(persistence, { pair, attack: "badnet", arm, poisonRate }, seed);
  };
  const course = (of: StudyInput["run"], settings: Settings<"course"> = {}): StudyInput => ({ study: "course", run: of, ...settings });

  return {
    /** Nothing is trained: spectra, alignment and angles of both methods. */
    starts: (seed: number): StudyInput[] =>
      main.flatMap((method): StudyInput[] => [
        course(run(method, door(exposures), seed), { checkpoints: [0], rows: 32, aligned: method.name === "lora" }),
        { study: "angles", run: run(method, door(exposures), seed), rows: 32 },
      ]),

    /** A-2.2-1, A-3.3-6: both methods, every task, flips and two doses of the backdoor. */
    mainTwins: (seed: number): StudyInput[] =>
      profile.tasks.flatMap((at) =>
        [flips, door(exposures, at), ...(at === task ? [door(96)] : [])].flatMap((attack) =>
          main.map((method): StudyInput => ({ study: "twins", run: run(method, attack, seed, at) }))
        )
      ),

    /** A-0-3, A-1-2, A-2.3-6: rank x scale under flips and the backdoor, beside the main methods' twins. */
    spread: (seed: number): StudyInput[] =>
      [flips, door(exposures)].flatMap((attack) =>
        grid([4, 32, 128], [0.5, 1, 2, 4]).map((method): StudyInput => ({ study: "twins", run: run(method, attack, seed) }))
      ),

    /** A-2.2-2, A-2.4-1, A-3.3-4, A-A.2-3, A-C-1, A-C-3, A-C-6, A-D-1: backdoored runs from start to end. */
    courses: (seed: number): StudyInput[] => [
      ...main.map((method) =>
        course(run(method, door(exposures), seed), {
          checkpoints: [0, 0.5, 1],
          fisherRows: 64,
          linearised: true,
          aligned: method.name === "lora",
        })
      ),
      course(run({ ...lora(profile), trainA: false }, door(exposures), seed)),
      ...[scaled(8, 1), scaled(32, 2), scaled(128, 2)].map((method) => course(run(method, door(exposures), seed), { checkpoints: [0, 0.5, 1] })),
    ],

    /** A-3.3-10: over ranks, at the start. */
    anglesAtStart: (seed: number): StudyInput[] =>
      [{ name: "full" as const }, ...[4, 8, 32, 128].map((rank) => scaled(rank, 2))].map((method): StudyInput => ({
        study: "angles",
        run: run(method, door(exposures), seed),
        rows: 256,
      })),

    /** A-3.3-9: the first third of backdoored runs. */
    anglesAlong: (seed: number): StudyInput[] =>
      [12, exposures, 96].flatMap((dose) =>
        main.map((method): StudyInput => ({ study: "angles", run: run(method, door(dose), seed), checkpoints: [0, 0.1, 0.2, 0.3] }))
      ),

    /** A-4.4.2-5: factors of label-flip runs over k. */
    variances: (seed: number): StudyInput[] =>
      [0.0001, 0.1, 1 / 3, 2].map((initVariance) => course(run({ ...lora(profile), initVariance }, flips, seed), { rows: 32 })),

    /** A-2.4-4, A-3.3-5: 500 rows with half of the labels flipped, read five times. */
    capacity: (seed: number): StudyInput[] => {
      const few = { ...task, rows: { ...task.rows, trainRows: 500 } }, random: Attack = variants.paper.upa(0.5);
      return [{ name: "full" as const }, ...grid([4, 32, 128], [0.5, 1, 2, 4])].map((method) => {
        const short = run(method, random, seed, few);
        return course({ ...short, train: { ...short.train, epochs: 5 } });
      });
    },

    /** B-4.1-4, B-4.1-5, B-5.2-1: LoRA, and LoRA with Tr, from a poisoned encoder. */
    decompositions: (poisonRates: readonly number[]) => (seed: number): StudyInput[] =>
      poisonRates.map((poisonRate) => ({
        study: "decomposition",
        run: tuned(poisonRate, seed),
        arms: [null, { tr: profile.persistence.rora.tr }],
      })),

    /** B-0-2, B-4.1-3, B-4.3-3: full fine-tuning and LoRA, and their updates at other ranks and sizes. */
    projections: (poisonRates: readonly number[]) => (seed: number): StudyInput[] =>
      poisonRates.map((poisonRate) => ({ study: "projection", run: tuned(poisonRate, seed), full: tuned(poisonRate, seed, full) })),

    /** Proposition 4.2 in every block: LoRA, and RoRA before its rescaling, from a poisoned encoder. */
    blocks: (poisonRates: readonly number[]) => (seed: number): StudyInput[] => {
      const { ci, tr } = profile.persistence.rora;
      return poisonRates.map((poisonRate) => ({ study: "blocks", run: tuned(poisonRate, seed), arms: [null, { ci, tr }] }));
    },
  };
}
