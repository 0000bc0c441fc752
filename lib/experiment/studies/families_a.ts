/** Paper A's studies of one seed, by what they are for. */
import { variants } from "../../poison/variants.ts";
import { lora, mainMethods, type MethodInput, rateOf } from "../grid.ts";
import type { Profile, TaskProfile } from "../profile.ts";
import type { StudyInput } from "../study_schema.ts";

type Attack = StudyInput["run"]["attack"];
type Settings<Name extends StudyInput["study"]> = Omit<Extract<StudyInput, { readonly study: Name }>, "run" | "study">;

const flips = ({ sweep }: Profile): Attack => variants.paper.upa(sweep.flipRate);
/** The backdoor; `dose` in exposures. */
const door = (profile: Profile, dose = profile.sweep.exposures, at = profile.tasks[0]): Attack => variants.paper.bpa(rateOf(dose, profile, at));

const run = (profile: Profile, method: MethodInput, attack: Attack, seed: number, at: TaskProfile = profile.tasks[0]): StudyInput["run"] => ({
  task: at.rows,
  attack,
  method,
  train: { ...profile.training, learningRate: at.learningRate[method.name === "full" ? "full" : "lora"] },
  seed,
});

const scaled = (rank: number, scale: number): MethodInput => ({ name: "lora", rank, alpha: scale * rank });
const scales = (ranks: readonly number[]) => ranks.flatMap((rank) => [0.5, 1, 2, 4].map((scale) => scaled(rank, scale)));
const course = (of: StudyInput["run"], settings: Settings<"course"> = {}): StudyInput => ({ study: "course", run: of, ...settings });

/** Nothing is trained: spectra, alignment and angles of both methods. */
export const starts = (profile: Profile, seed: number): StudyInput[] =>
  mainMethods(profile).flatMap((method): StudyInput[] => [
    course(run(profile, method, door(profile), seed), { checkpoints: [0], rows: 32, aligned: method.name === "lora" }),
    { study: "angles", run: run(profile, method, door(profile), seed), rows: 32 },
  ]);

/** A-2.2-1, A-3.3-6: both methods, every task, flips and two doses of the backdoor. */
export const mainTwins = (profile: Profile, seed: number): StudyInput[] =>
  profile.tasks.flatMap((at) =>
    [flips(profile), door(profile, undefined, at), ...(at === profile.tasks[0] ? [door(profile, 96)] : [])].flatMap((attack) =>
      mainMethods(profile).map((method): StudyInput => ({ study: "twins", run: run(profile, method, attack, seed, at) }))
    )
  );

/** A-0-3, A-1-2, A-2.3-6: rank x scale under flips and the backdoor, beside the main methods' twins. */
export const spread = (profile: Profile, seed: number): StudyInput[] =>
  [flips(profile), door(profile)].flatMap((attack) =>
    scales([4, 32, 128]).map((method): StudyInput => ({ study: "twins", run: run(profile, method, attack, seed) }))
  );

/** A-2.2-2, A-2.4-1, A-3.3-4, A-A.2-3, A-C-1, A-C-3, A-C-6, A-D-1: backdoored runs from start to end. */
export const courses = (profile: Profile, seed: number): StudyInput[] => {
  const of = (method: MethodInput, settings?: Settings<"course">) => course(run(profile, method, door(profile), seed), settings);
  return [
    ...mainMethods(profile).map((method) =>
      of(method, { checkpoints: [0, 0.5, 1], fisherRows: 64, linearised: true, aligned: method.name === "lora" })
    ),
    of({ ...lora(profile), trainA: false }),
    ...[scaled(8, 1), scaled(32, 2), scaled(128, 2)].map((method) => of(method, { checkpoints: [0, 0.5, 1] })),
  ];
};

/** A-3.3-10: over ranks, at the start. */
export const anglesAtStart = (profile: Profile, seed: number): StudyInput[] =>
  [{ name: "full" as const }, ...[4, 8, 32, 128].map((rank) => scaled(rank, 2))].map((method): StudyInput => ({
    study: "angles",
    run: run(profile, method, door(profile), seed),
    rows: 256,
  }));

/** A-3.3-9: the first third of backdoored runs. */
export const anglesAlong = (profile: Profile, seed: number): StudyInput[] =>
  [12, profile.sweep.exposures, 96].flatMap((dose) =>
    mainMethods(profile).map((method): StudyInput => ({
      study: "angles",
      run: run(profile, method, door(profile, dose), seed),
      checkpoints: [0, 0.1, 0.2, 0.3],
    }))
  );

/** A-4.4.2-5: factors of label-flip runs over k. */
export const variances = (profile: Profile, seed: number): StudyInput[] =>
  [0.0001, 0.1, 1 / 3, 2].map((initVariance) => course(run(profile, { ...lora(profile), initVariance }, flips(profile), seed), { rows: 32 }));

/** A-2.4-4, A-3.3-5: 500 rows with half of the labels flipped, read five times. */
export const capacity = (profile: Profile, seed: number): StudyInput[] => {
  const [task] = profile.tasks, few = { ...task, rows: { ...task.rows, trainRows: 500 } };
  return [{ name: "full" as const }, ...scales([4, 32, 128])].map((method) => {
    const short = run(profile, method, variants.paper.upa(0.5), seed, few);
    return course({ ...short, train: { ...short.train, epochs: 5 } });
  });
};
