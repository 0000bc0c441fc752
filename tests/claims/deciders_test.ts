/** Each decider on made-up runs: a planted effect is found, its opposite is not, nothing is null. */
import assert from "node:assert/strict";
import { decide, type Decided } from "../../lib/claims/outcome.ts";
import type { Run } from "../../lib/claims/observe.ts";
import { deciders } from "../../lib/claims/paper_a/deciders.ts";
import { doors, flips, run, seeds, seen, sweep, wobble } from "./fake_runs.ts";
import { flatten, planted } from "./planted_runs.ts";

function found(id: string, runs: readonly Run[]): Decided | null {
  const decider = deciders[id];
  assert.equal(decider.from, "runs", id);
  return decider.from === "runs" ? decide(decider.rule, runs) : null;
}
const verdict = (id: string, runs: readonly Run[]) => found(id, runs)?.verdict ?? null;

for (const [id, effect, expected, opposite, other] of planted) {
  Deno.test(`${id}: ${expected} where its effect is planted, ${other} where the opposite is, open without runs`, () => {
    assert.deepEqual([verdict(id, effect), verdict(id, opposite), verdict(id, [])], [expected, other, null]);
    assert.equal(found(id, effect)!.provisional, false);
    assert.ok(found(id, effect)!.used.every((one) => effect.includes(one)));
  });
}

Deno.test("a verdict from fewer than five seeds is provisional", () => {
  const { verdict, provisional, effect } = found("A-4.3-1", flips(0.5, { of: 3 }))!;
  assert.deepEqual([verdict, provisional], ["reproduced", true]);
  assert.match(effect, /accuracy under flips, FF − LoRA: 3 cells, 3 for, 0 against, 0 open, at least 3 seeds/);
});

Deno.test("one seed has no interval and decides nothing", () => {
  assert.equal(verdict("A-4.3-1", flips(0.5, { of: 1 })), null);
  assert.equal(verdict("A-4.3-1", flips(0.5, { of: 2, rates: [0, 0.3] })), "reproduced");
});

Deno.test("a verdict that changes sign without collapsed runs is lowered by one step, and says so", () => {
  const alone = flips(-0.5).map((one) =>
    one.method === "lora" && one.attack === "upa" && one.seed <= 3
      ? { ...one, clean: seen(0.3 + wobble(one.seed, one.poisonRate)), collapsed: true }
      : one
  );
  const outcome = found("A-E.4-1", alone)!;
  assert.ok(outcome.remarks!.includes("the sign changes without collapsed runs"), "and nothing is lowered that is not reproduced anyway");
  assert.match(outcome.effect, /; without 9 collapsed runs: /);
  const all = flips(0.5).map((one) => ({ ...one, collapsed: true }));
  assert.equal(verdict("A-4.3-1", all), "partly");
  assert.ok(found("A-4.3-1", all)!.remarks!.includes("lowered by one step: nothing is left without collapsed runs"));
});

Deno.test("what is reproduced with collapsed runs alone is lowered by one step", () => {
  // the gap is one of the largest ranks, where nothing is learnt: without them there is no trend, and no other sign
  const broken = sweep("rank", (at) => at > 0.6 ? 0 : 0.2, () => 0).map((one) => one.lora!.rank > 32 ? { ...one, collapsed: true } : one);
  const { verdict, remarks, direction } = found("A-E.4-4", broken)!;
  assert.deepEqual([verdict, direction > 0], ["partly", true]);
  assert.ok(
    remarks!.some((remark) => /^lowered by one step: (not reproduced|the sign changes) without collapsed runs/.test(remark)),
    String(remarks),
  );
});

Deno.test("A-4.3-1 tells half of both learning rates, and one for both", () => {
  const at = (full: number, lora: number, excess: number) =>
    flips(excess).map((one) => ({ ...one, main: false, learningRate: one.method === "full" ? full : lora }));
  const [{ learningRate: full }] = flips(0).filter(({ method }) => method === "full"),
    [{ learningRate: lora }] = flips(0).filter(({ method }) => method === "lora");
  const { remarks } = found("A-4.3-1", [...flips(0.5), ...at(full / 2, lora / 2, -0.5), ...at(3e-4, 3e-4, 0.5)])!;
  const told = (name: string) => remarks!.find((remark) => remark.startsWith(`at ${name} (`))!;
  assert.match(told("half of both learning rates"), /: not reproduced \(accuracy under flips, FF − LoRA: −.*, at least 5 seeds\)$/);
  assert.match(told("one learning rate for both"), /\(FF 3e-4, LoRA 3e-4\): reproduced \(/);
});

Deno.test("A-4.3-1 compares at matched clean loss where there is a choice of learning rates", () => {
  const slower = flips(-0.5).map((one) =>
    run({
      ...one,
      main: false,
      learningRate: one.learningRate / 2,
      trainingLoss: one.method === "full" ? 0.4 : 0.3,
    })
  );
  const both = [...flips(0.5).map((one) => ({ ...one, trainingLoss: one.method === "full" ? 0.3 : 0.9 })), ...slower];
  assert.ok(
    found("A-4.3-1", both)!.remarks!.some((remark) =>
      /at matched clean loss \(mr: FF 1e-4 \(0\.300\), LoRA 5e-4 \(0\.300\) on 5 seeds\)/.test(remark)
    ),
  );
});

Deno.test("A-4.4.1-5 is lowered where the trend reverses at matched clean loss", () => {
  const main = sweep("rank", () => 0, (at) => at).map((one) => ({ ...one, trainingLoss: Math.log2(one.lora!.rank) / 8 })); // median 5 / 8
  const other = (trainingLoss: number) =>
    sweep("rank", () => 0, (at) => 1 - at).map((one) =>
      run({
        ...one,
        main: false,
        mainOverRanks: { upa: false, bpa: false },
        learningRate: 3e-3,
        trainingLoss,
      })
    );
  assert.equal(verdict("A-4.4.1-5", [...main, ...other(9)]), "reproduced", "the main rate is nearer at every rank");
  const outcome = found("A-4.4.1-5", [...main, ...other(5 / 8)])!;
  assert.equal(outcome.verdict, "partly");
  assert.ok(outcome.remarks!.includes("mr at matched clean loss: opposes (tau −1.00, 5 seeds)"), String(outcome.remarks));
});

Deno.test("a gap over ranks is told beside the ranks at which nothing is learnt without any poison", () => {
  const runs = sweep("rank", (at) => 0.3 - 0.3 * at, (at) => at).map((one) =>
    one.lora!.rank === 256 && one.attack === "none" ? { ...one, collapsed: true } : one
  );
  const said = "most never-poisoned runs predict one class, so that no gap can show there, at mr, alpha = r: rank 256";
  for (const id of ["A-4.4.1-2", "A-4.4.1-3", "A-4.4.1-6", "A-E.4-4"]) assert.ok(found(id, runs)!.remarks!.includes(said), id);
  assert.equal(found("A-4.4.1-3", sweep("rank", (at) => 0.3 - 0.3 * at, (at) => at))!.remarks!.includes(said), false);
});

Deno.test("A-E.4-2 and A-4.3-4 leave a task of few seeds out where another has enough", () => {
  const enough = doors(20, 40), few = doors(40, 20, { of: 1 }).map((one) => run({ ...one, setting: "b", dataset: "imdb" }));
  assert.equal(found("A-E.4-2", [...enough, ...few])!.verdict, "reproduced");
  assert.equal(found("A-E.4-2", [...enough, ...few])!.seeds, 5);
  const ratioIn = (runs: readonly Run[]) => /LoRA's is ([\d.]+) times FF's/.exec(found("A-4.3-4", runs)!.effect)![1];
  assert.equal(ratioIn([...enough, ...few]), ratioIn(enough));
});

Deno.test("never-poisoned runs at ranks below the paper's are no part of its sweeps", () => {
  const runs = sweep("rank", () => 0, (at) => at),
    low = (accuracy: number) => seeds(5).map((seed) => run({ seed, lora: { rank: 2, alpha: 2 }, clean: seen(accuracy) }));
  assert.equal(verdict("A-4.4.1-1", [...runs, ...low(0.5)]), "reproduced");
  assert.equal(verdict("A-4.5-3", [...runs, ...low(0.8)]), "reproduced");
});

Deno.test("A-4.5-3 chooses among the ranks that have the attack", () => {
  const runs = sweep("rank", () => 0, (at) => at);
  assert.match(found("A-4.5-3", runs)!.effect, /mr, alpha = r, rank 4 /);
  const without = runs.filter(({ attack, lora }) => attack === "none" || lora!.rank > 4), alone = found("A-4.5-3", without)!;
  assert.equal(alone.verdict, "untestable here");
  assert.match(alone.effect, /^the smallest rank that serves is 8, the usual one/);
});

Deno.test("points of a grid that few seeds have are left out where enough have the others, and the rest is named", () => {
  const runs = sweep("rank", () => 0, (at) => at), [least, ...rest] = [...new Set(runs.map(({ lora }) => lora!.rank))].sort((a, b) => a - b);
  const few = runs.filter(({ lora, seed }) => lora!.rank !== least || seed === 1), outcome = found("A-4.4.1-5", few)!;
  assert.deepEqual([outcome.verdict, outcome.provisional, outcome.seeds], ["reproduced", false, seeds(5).length]);
  assert.match(outcome.effect, new RegExp(`mr, alpha = r at ${rest.join(", ")} tau`));
  assert.ok(outcome.used.every(({ lora }) => lora!.rank !== least));
  const young = found("A-4.4.1-5", few.filter(({ seed }) => seed <= 3))!;
  assert.deepEqual([young.provisional, young.seeds], [true, 3], "of fewer seeds, too: one point of one seed does not decide how many");
});

Deno.test("A-4.3-3: a slope significantly below 0 speaks against it, whatever Kendall's tau says", () => {
  const falls = flips(-0.5), { effect, remarks } = found("A-4.3-3", falls)!;
  assert.match(effect, /1 cell, 0 for, 1 against/);
  assert.match(remarks![0], /^mr: −\d+\.\d points \[.*\] per 10 points of rate$/);
});

Deno.test("A-4.3-3 counts every setting of a task", () => {
  const other = flips(-0.5).map((one) => run({ ...one, setting: "b" }));
  for (const runs of [[...flips(0.5), ...other], [...other, ...flips(0.5)]]) {
    const { effect, remarks } = found("A-4.3-3", runs)!;
    assert.match(effect, /2 cells, 1 for, 1 against/);
    assert.equal(remarks!.length, 2);
  }
});

Deno.test("A-4.5-2 names the attack of each trend, and is lowered where none is left without collapsed runs", () => {
  const runs = sweep("initVariance", (at) => at / 5, () => 0.5).map((one) => one.attack === "bpa" ? flatten(one) : one);
  assert.match(found("A-4.5-2", runs)!.effect, /1 of 2 combinations .*mr, r = 8, flips tau .*; mr, r = 8, backdoor tau/);
  const broken = runs.map((one) => one.attack === "upa" ? { ...one, collapsed: true } : one), { verdict, remarks } = found("A-4.5-2", broken)!;
  assert.deepEqual([verdict, remarks!.at(-1)], ["partly", "lowered by one step: the sign changes without collapsed runs"]);
});

Deno.test("A-4.3-4 counts the doses that took both methods over", () => {
  const whole = doors(12, 40).map((one) => one.attack === "bpa" && one.exposures === 96 ? { ...one, triggered: seen(0.5, 0.99) } : one);
  const told = "1 of 5 cells have a mean ASR above 0.95 in both methods: no difference can show there";
  assert.ok(found("A-4.3-4", whole)!.remarks!.includes(told), String(found("A-4.3-4", whole)!.remarks));
});

Deno.test("A-4.3-4 takes its doses from tasks with two poisoned doses: between 0 and one dose 50 % is arithmetic", () => {
  const one = found("A-4.3-4", doors(12, 40, { exposures: [0, 30] }))!, two = found("A-4.3-4", doors(12, 40, { exposures: [0, 12, 30] }))!;
  assert.match(one.effect, /dose at ASR 50 %: not known/);
  assert.match(two.effect, /dose at ASR 50 %: LoRA's is \d\.\d\d times FF's/);
});

Deno.test("a collapsed never-poisoned twin counts among the collapsed runs of a gap", () => {
  const runs = sweep("rank", (at) => 0.2 - at / 5, () => 0.5).map((one) =>
    one.attack === "none" && one.seed === 1 && one.lora!.rank === 256 ? { ...one, clean: seen(0.5), collapsed: true } : one
  );
  for (const id of ["A-4.4.1-2", "A-4.4.1-3", "A-E.4-4"]) assert.match(found(id, runs)!.effect, /; without 1 collapsed run: /, id);
});

Deno.test("A-4.3-2 and A-4.3-5 take tasks by their kind", () => {
  const on = (dataset: string, runs: readonly Run[]) => runs.map((one) => run({ ...one, dataset, setting: dataset }));
  const tasks = [...on("mr", flips(0)), ...on("mr-halves", flips(0.5))];
  assert.equal(verdict("A-4.3-2", tasks), "reproduced");
  assert.equal(verdict("A-4.3-2", [...on("mr", flips(0.5)), ...on("mr-halves", flips(0))]), "not reproduced");
  assert.equal(verdict("A-4.3-2", flips(0.5)), null, "one task is no order");
  assert.equal(verdict("A-4.3-5", on("mr-order", doors(20, 20))), "reproduced");
  assert.equal(verdict("A-4.3-5", doors(20, 20)), null);
});

Deno.test("A-4.2-1 holds other ways of placing the trigger against the stated one", () => {
  const settings = JSON.stringify({
    name: "bpa",
    rows: "all",
    sampling: "bernoulli",
    targetLabel: 1,
    trigger: { place: "prefix", space: false, text: "[.*?]" },
  });
  const code = (shift: number) =>
    doors(20, 20).filter(({ attack }) => attack === "bpa").map((one) => ({
      ...one,
      variant: "code",
      stated: false,
      attackSettings: settings,
      triggered: seen(0.5, one.triggered!.asTarget + shift),
    }));
  assert.equal(verdict("A-4.2-1", [...doors(20, 20), ...code(0)]), "reproduced");
  assert.equal(verdict("A-4.2-1", [...doors(20, 20), ...code(0.2)]), "not reproduced");
  assert.equal(verdict("A-4.2-1", doors(20, 20)), null);
});

Deno.test("Table E.1's deciders read each attack, and call one untestable that does not work", () => {
  const as = (attack: string, runs: readonly Run[]) => runs.map((one) => one.attack === "bpa" ? { ...one, attack } : one);
  assert.equal(verdict("A-E.1-1", as("multi-trigger", doors(12, 40, { exposures: [0, 24] }))), "reproduced");
  assert.equal(verdict("A-E.1-4", as("style", doors(40, 12, { exposures: [0, 24] }))), "not reproduced");
  assert.equal(verdict("A-E.1-2", as("clean-label", doors(12, 40, { exposures: [0, 24] }))), "reproduced");
  assert.equal(verdict("A-E.1-2", as("clean-label", doors(900, 900, { exposures: [0, 24] }))), "untestable here");
  assert.equal(verdict("A-E.1-3", as("instruction", doors(12, 40))), "reproduced");
  assert.equal(verdict("A-E.1-3", as("instruction", doors(1, 2, { exposures: [24, 48] }))), "untestable here", "saturated");
});

Deno.test("A-E.1-3 and A-E.1-4 are decided at the largest dose that takes neither method over", () => {
  const as = (attack: string, runs: readonly Run[]) => runs.map((one) => one.attack === "bpa" ? { ...one, attack } : one);
  const none = doors(3, 3, { exposures: [0] }), strong = doors(3, 3, { exposures: [36] });
  const open = (full: number, lora: number) => doors(full, lora, { exposures: [12] });
  for (const [id, attack] of [["A-E.1-3", "instruction"], ["A-E.1-4", "style"]] as const) {
    const verdictOf = (...runs: Run[][]) => verdict(id, as(attack, [...none, ...runs.flat()]));
    assert.equal(verdictOf(strong), "untestable here", "one dose, and both methods taken over");
    const { effect, ours } = found(id, as(attack, [...none, ...strong]))!;
    assert.match(effect, /^every dose took a method over: mr .*36 exposures; the largest dose at which neither /);
    assert.equal(ours, "mean ASR above 0.95 at every dose");
    assert.equal(verdictOf(strong, open(10, 16)), "reproduced");
    assert.equal(verdictOf(strong, open(16, 10)), "not reproduced");
    assert.equal(verdictOf(strong, doors(3, 16, { exposures: [12] })), "untestable here", "one method taken over at the smaller dose");
    const { remarks = [] } = found(id, as(attack, [...none, ...strong, ...open(10, 16)]))!;
    assert.ok(remarks.includes("the largest dose at which neither method's mean ASR is above 0.95 decides: mr 12 exposures"), remarks.join());
  }
  // Of two open doses the larger decides: the smaller one's order is the other way round.
  const smaller = doors(9, 6, { exposures: [6] });
  assert.equal(verdict("A-E.1-4", as("style", [...none, ...smaller, ...open(10, 16), ...strong])), "reproduced");
});

Deno.test("Table 2's deciders compare initialisations at equal variance", () => {
  const table = (shift: number, falls: number) =>
    (["kaiming-uniform", "gaussian", "xavier-normal"] as const).flatMap((init) =>
      [1 / 3, 2 / 3, 1, 2].flatMap((initVariance) =>
        seeds(5).map((seed) => {
          const triggered = seen(0.6 + (init === "gaussian" ? shift : 0) - falls * initVariance + wobble(init, initVariance, seed) / 5);
          return run({ attack: "bpa", poisonRate: 0.024, seed, lora: { init, initVariance }, triggered, trigger: "t", changed: { t: triggered } });
        })
      )
    );
  assert.equal(verdict("A-E.2-1", table(0, 0)), "reproduced");
  assert.equal(verdict("A-E.2-1", table(0.1, 0)), "not reproduced");
  assert.equal(verdict("A-E.2-2", table(0, 0.05)), "reproduced");
  assert.equal(verdict("A-E.2-2", table(0, -0.05)), "not reproduced");
});
