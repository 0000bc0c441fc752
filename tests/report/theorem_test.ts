import assert from "node:assert/strict";
import { theoremMarkdown } from "../../lib/report/theorem.ts";
import { renderMarkdown } from "../../lib/report/markdown.ts";
import { atMost, corrected, equals, printed, shared } from "../../lib/theory/check.ts";

const cell = {
  id: "X-1",
  title: "Lemma 1",
  statement: "For every $x$: $f(x) = 2x$.",
  steps: [
    shared("Take $x = 1$.", equals(2, 2, { what: "$f(1)$" })),
    printed("So $f(2) = 3$.", equals([4, 1e-9], [3, 0], { what: "$f(2)$, rest", tolerance: 1e-6, counterExample: "$x = 2$" })),
    corrected("So $|f(2)| \\le 4$.", atMost(4, 4, { what: "$|f(2)|$" })),
  ],
};

Deno.test("theoremMarkdown() shows each line with its numbers, which form it is, and where it fails", () => {
  assert.equal(
    theoremMarkdown(cell),
    `#### Lemma 1 (X-1)

For every $x$: $f(x) = 2x$.

**1** Take $x = 1$.

- ✓ $f(1)$: 2 = 2, to 1e-6

**2** (as printed) So $f(2) = 3$.

- ✗ **fails:** $f(2)$, rest: [4, 1e-9] ≠ [3, 0], to 1e-6. Counter-example: $x = 2$

**3** (corrected) So $|f(2)| \\le 4$.

- ✓ $|f(2)|$: 4 ≤ 4`,
  );
});

Deno.test("theoremMarkdown() cuts long lists and says how long they were", () => {
  const values = Array.from({ length: 20 }, (_, i) => i / 3);
  const long = { ...cell, steps: [shared("Many.", equals(values, values, { what: "all" }))] };
  assert.match(theoremMarkdown(long), /\[0, 0\.333333, 0\.666667, 1, 1\.33333, 1\.66667, … \(20\)\]/);
});

Deno.test("theoremMarkdown() shows 0 for what is rounding beside other numbers of a list, and bounds that do not hold", () => {
  const steps = [shared("Both.", equals([1, -3e-18], [1, 0], { what: "values" }), atMost([3e-18], [0], { what: "alone" }))];
  const text = theoremMarkdown({ ...cell, steps });
  assert.match(text, /values: \[1, 0\] = \[1, 0\]/);
  assert.match(text, /alone: 3e-18 not ≤ 0$/);
});

Deno.test("theoremMarkdown() renders with formulas, bars in them included", () => {
  const html = renderMarkdown(theoremMarkdown(cell));
  assert.match(html, /<h4>Lemma 1 \(X-1\)<\/h4>/);
  assert.match(html, /class="katex"/);
  assert.doesNotMatch(html, /<table/);
});
