/** What the names in the claims' rules mean, for readers: all were fixed before any run. Intervals are over seeds unless a rule says otherwise. */
export const namedRules: Readonly<Record<string, string>> = {
  "R-PAIR":
    "paired differences, seed by seed. A cell speaks for the claim if their mean's 95 % t interval lies on the claimed side of 0 and the mean is at " +
    "least δ (0.005 of accuracy, 0.05 of ASR unless given), against it if all that holds on the other side; else it is open",
  "R-VOTE":
    "over cells: reproduced if two thirds speak for the claim and none against; partly if more speak for than against and a quarter do; else not " +
    "reproduced",
  "R-TREND":
    "Kendall's tau of the metric over the grid, seed by seed. A cell speaks for the claim if the mean tau has the claimed sign, is at least 0.4 and " +
    "its 95 % t interval excludes 0; against it likewise",
  "R-FLAT":
    "equivalence: a cell speaks for the claim if the 90 % t interval of the differences (two one-sided tests at 5 %) lies within the margin, against " +
    "it if wholly outside",
  "R-NUM": "a condition on a number, as stated; tolerances are absolute unless called relative",
  "R-MC": "the mean of at least 200 random draws lies within so many standard errors of what is predicted",
  "R-CEX":
    "one admissible instance that violates the statement by more than 1e-9 refutes it; without one, over fixtures and random instances, it is " +
    "reproduced",
  "R-CORR":
    "Spearman's correlation over configurations, twelve at least: as large as stated, with its bootstrap interval (95 %; 99 % for p < 0.01) on the " +
    "claimed side of 0",
  "R-ORDER": "the stated order holds: as a verdict, or task by task",
  "R-RANK": "settings are ranked by the share of the variance that each explains",
  "R-COUNT": "so many of the stated cases hold",
  "R-BIN": "Fisher's exact test on counts, two-sided; over several tables Mantel and Haenszel's",
  "R-SIZE": "only at the paper's own scale: our value lies within the given distance of the paper's",
  "R-AGG": "of other claims: reproduced if all are, partly if at least one is or is partly, else not reproduced",
  "R-AUDIT": "decided by published numbers or settings, without a run",
};

const pattern = /\bR-[A-Z]+/g;

/** The names in a rule's text, each once. */
export function rulesNamedIn(text: string): string[] {
  return [...new Set(text.match(pattern) ?? [])].filter((name) => name in namedRules);
}

/** The text with each name as `show` has it. */
export function replaceRuleNames(text: string, show: (name: string, meaning: string) => string): string {
  return text.replace(pattern, (name) => name in namedRules ? show(name, namedRules[name]) : name);
}
