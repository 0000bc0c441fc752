/** Controls on made-up runs: a planted effect is found, its opposite is not. */
import assert from "node:assert/strict";
import type { Run } from "../../lib/claims/observe.ts";
import { decide, type Decided } from "../../lib/claims/outcome.ts";
import { deciders } from "../../lib/claims/paper_a/deciders.ts";
import { doors, flips, run, seeds, seen, sweep, wobble } from "./fake_runs.ts";

function found(id: string, runs: readonly Run[]): Decided | null {
  const decider = deciders[id];
  assert.equal(decider.from, "runs", id);
  return decider.from === "runs" ? decide(decider.rule, runs) : null;
}
const verdict = (id: string, runs: readonly Run[]) => found(id, runs)?.verdict ?? null;

Deno.test("A-3.2-7: LoRA of full rank beside full fine-tuning at one learning rate, accuracy and loss", () => {
  const pair = (shift: number, loss: number) =>
    seeds(5).flatMap((seed) => [
      run({ method: "full", seed, clean: seen(0.8 + wobble("full", seed) / 5) }),
      run({
        seed,
        lora: { rank: 384, alpha: 384, initVariance: 1 },
        learningRate: 1e-4,
        main: false,
        clean: seen(0.8 + shift + wobble("lora", seed) / 5),
        trainingLoss: 0.5 * loss,
      }),
    ]);
  assert.equal(verdict("A-3.2-7", pair(0, 1.1)), "reproduced");
  assert.equal(verdict("A-3.2-7", pair(0, 2)), "partly");
  assert.equal(verdict("A-3.2-7", pair(-0.1, 1.1)), "not reproduced");
  assert.equal(verdict("A-3.2-7", flips(0)), null);
});

Deno.test("A-C-2: B = 0 against A = 0, each at its best learning rate", () => {
  const arms = (a: number) =>
    seeds(5).flatMap((seed) =>
      (["A", "B"] as const).flatMap((zero) =>
        [3e-4, 1e-3].map((learningRate) =>
          run({ seed, learningRate, lora: { zero }, clean: seen(0.8 + (zero === "A" ? a : 0) + learningRate + wobble(zero, seed, learningRate) / 5) })
        )
      )
    );
  assert.equal(verdict("A-C-2", arms(-0.05)), "reproduced");
  assert.equal(verdict("A-C-2", arms(0.05)), "not reproduced");
  assert.match(found("A-C-2", arms(-0.05))!.effect, /lr 1e-3 and 1e-3/);
  const kind = run({ seed: 9, learningRate: 3e-4, lora: { zero: "A" }, clean: seen(0.99) }); // no run at the other rate, nor with B = 0
  assert.match(found("A-C-2", [...arms(-0.05), ...Array(20).fill(kind)])!.effect, /lr 1e-3 and 1e-3/, "rates are compared on the same seeds");
  assert.equal(verdict("A-C-2", flips(0)), null);
});

Deno.test("A-C-3: LoRA's best learning rate over full fine-tuning's, scale by scale", () => {
  const grid = [1e-5, 1e-4, 1e-3], peak = (rate: number, best: number) => 0.8 - Math.abs(Math.log10(rate / best)) / 10;
  const arms = (lora: number) =>
    seeds(5).flatMap((seed) =>
      grid.flatMap((learningRate) => [
        run({ method: "full", seed, learningRate, clean: seen(peak(learningRate, 1e-4)) }),
        ...[4, 8, 16].map((alpha) => run({ seed, learningRate, lora: { alpha }, clean: seen(peak(learningRate, lora)) })),
      ])
    );
  assert.equal(verdict("A-C-3", arms(1e-3)), "reproduced");
  assert.equal(verdict("A-C-3", arms(1e-5)), "not reproduced");
  assert.equal(verdict("A-C-3", flips(0)), null, "one learning rate is no grid");
  const easier = (["full", "lora"] as const).flatMap((method) => seeds(5).map((seed) => run({ setting: "b", method, seed, clean: seen(0.99) })));
  const finer = seeds(5).map((seed) => run({ seed, learningRate: 2e-5, clean: seen(0.99) }));
  assert.match(
    found("A-C-3", [...arms(1e-3), ...easier, ...finer])!.effect,
    /mr, s = 2: × 10/,
    "another task's runs and rates of one method say nothing",
  );
});

Deno.test("A-C-4: the best alpha / r falls with rank", () => {
  const arms = (best: (rank: number) => number) =>
    seeds(5).flatMap((seed) =>
      [2, 8, 32].flatMap((rank) =>
        [1, 2, 4, 8].map((scale) => run({ seed, lora: { rank, alpha: scale * rank }, clean: seen(0.8 - Math.abs(scale - best(rank)) / 50) }))
      )
    );
  assert.equal(verdict("A-C-4", arms((rank) => rank === 2 ? 8 : rank === 8 ? 4 : 1)), "reproduced");
  assert.equal(verdict("A-C-4", arms((rank) => rank === 2 ? 1 : rank === 8 ? 4 : 8)), "not reproduced");
  assert.equal(verdict("A-C-4", flips(0)), null);
  const unequal = arms(() => 1).filter(({ lora }) => lora!.rank === 2 || lora!.alpha < 8 * lora!.rank);
  const [told] = found("A-C-4", unequal)!.remarks!;
  assert.match(told, /^scales chosen by chance would have tau −0\.\d+ on this grid$/, "rank 2 has the largest scale on offer");
});

Deno.test("A-C-5: A as drawn against A trained, mean and spread", () => {
  const arms = (shift: number, spread: number) =>
    seeds(8).flatMap((seed) =>
      [true, false].map((trainA) =>
        run({ seed, lora: { trainA }, clean: seen(0.8 + (trainA ? 0 : shift) + wobble(String(trainA), seed) * (trainA ? 1 : spread)) })
      )
    );
  assert.equal(verdict("A-C-5", arms(0, 0.2)), "reproduced");
  assert.equal(verdict("A-C-5", arms(0, 2)), "partly");
  assert.equal(verdict("A-C-5", arms(-0.1, 0.2)), "not reproduced");
});

Deno.test("A-3.3-7: triggers that work on one method alone", () => {
  const triggers = (full: number, lora: number) =>
    seeds(40).flatMap((trigger) =>
      (["full", "lora"] as const).map((method) =>
        run({
          method,
          attack: "bpa",
          poisonRate: 0.024,
          stated: false,
          attackSettings: `{"name":"bpa","trigger":{"text":"t${trigger}"}}`,
          triggered: seen(0.5, trigger <= (method === "full" ? full : lora) ? 0.9 : 0.1),
        })
      )
    );
  assert.equal(verdict("A-3.3-7", triggers(30, 10)), "reproduced");
  assert.equal(verdict("A-3.3-7", triggers(10, 30)), "not reproduced");
  assert.equal(verdict("A-3.3-7", triggers(20, 20)), "not reproduced");
  assert.equal(verdict("A-3.3-7", doors(20, 20)), null);
});

Deno.test("A-3.3-8: relative loss under flips and under noise, together", () => {
  const noisy = (lora: number, excess: number) =>
    flips(excess).map((one) =>
      one.attack === "none"
        ? {
          ...one,
          changed: {
            '{"kind":"word-noise","rate":0.2}': seen(
              one.clean.metrics.accuracy * (one.method === "lora" ? 1 - lora : 0.95) + wobble("noise", one.seed, one.method) / 5,
            ),
          },
        }
        : one
    );
  assert.equal(verdict("A-3.3-8", noisy(0.15, 0.5)), "reproduced");
  assert.equal(verdict("A-3.3-8", noisy(0.15, -0.5)), "partly");
  assert.equal(verdict("A-3.3-8", noisy(0, -0.5)), "not reproduced");
  assert.equal(verdict("A-3.3-8", flips(0.5)), null, "no noise, no verdict");
});

Deno.test("A-1-3: which factor explains most", () => {
  const grid = (by: "lora" | "learningRate") =>
    seeds(5).flatMap((seed) =>
      [4, 32].flatMap((rank) =>
        [1, 2].flatMap((scale) =>
          [0.001, 1 / 3].flatMap((initVariance) =>
            [3e-4, 1e-3].flatMap((learningRate) => {
              const lora = { rank, alpha: scale * rank, initVariance },
                strong = by === "lora" ? (rank > 4 ? 0.1 : 0) + (initVariance > 0.1 ? 0.1 : 0) : learningRate * 200;
              const weak = wobble("factors", seed, rank, scale, initVariance, learningRate), triggered = seen(0.5 + strong + weak);
              return [
                run({ seed, lora, learningRate, clean: seen(0.8) }),
                run({ seed, lora, learningRate, attack: "upa", poisonRate: 0.3, clean: seen(0.7 - strong - weak) }),
                run({ seed, lora, learningRate, attack: "bpa", poisonRate: 0.024, triggered, trigger: "t" }),
              ];
            })
          )
        )
      )
    );
  assert.equal(verdict("A-1-3", grid("lora")), "reproduced");
  assert.equal(verdict("A-1-3", grid("learningRate")), "not reproduced");
  assert.match(found("A-1-3", grid("learningRate"))!.ours, /^triggered accuracy: learning rate > .*; accuracy lost to flips: learning rate > /);
  assert.equal(verdict("A-1-3", sweep("rank", () => 0, (at) => at)), null, "every factor must vary");
});

Deno.test("A-4.4.2-7: spread at large and small k, from ten seeds on", () => {
  const spread = (large: number, of: number) =>
    seeds(of).flatMap((seed) =>
      [0.001, 0.1, 1 / 3, 1, 2].map((initVariance) => {
        const triggered = seen(0.6 + wobble("spread", seed, initVariance) * (initVariance >= 1 ? large : 1));
        return run({ seed, lora: { initVariance }, attack: "bpa", poisonRate: 0.024, triggered, trigger: "t" });
      })
    );
  assert.equal(verdict("A-4.4.2-7", spread(6, 12)), "reproduced");
  assert.equal(verdict("A-4.4.2-7", spread(1, 12)), "not reproduced");
  assert.equal(verdict("A-4.4.2-7", spread(6, 8)), null);
});
