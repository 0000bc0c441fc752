/** What is wrong with a config, in the words of its author: which field, what it must be, what came. */
import type { z } from "zod";

/** One sentence for all issues of a rejected config; `known(path)` names the keys that may stand at a path. */
export function configError(issues: readonly z.core.$ZodIssue[], input: unknown, known: (path: PropertyKey[]) => string[]): Error {
  const message = `Cannot resolve config as ${issues.map((issue) => explain(issue, input, known)).join(", and as ")}`;
  const wrongType = issues.some((issue) => issue.code === "invalid_type" || issue.code === "unrecognized_keys");
  return wrongType ? new TypeError(message) : new RangeError(message);
}

function explain(issue: z.core.$ZodIssue, input: unknown, known: (path: PropertyKey[]) => string[]): string {
  const field = issue.path.join(".") || "it";
  if (issue.code === "unrecognized_keys") return `${field} may hold only ${known(issue.path).join(", ")}: ${issue.keys.join(", ")}`;
  return `${field} must be ${expectation(issue)}: ${show(at(input, issue.path))}`;
}

const typeNames: Record<string, string> = {
  number: "a number",
  int: "a whole number",
  string: "a text",
  boolean: "true or false",
  object: "an object",
};

function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return typeNames[issue.expected] ?? issue.expected;
    case "too_small":
      if (issue.origin === "string") return "a text that is not empty";
      return `${issue.inclusive ? "at least" : "more than"} ${issue.minimum}`;
    case "too_big":
      return `${issue.inclusive ? "at most" : "less than"} ${issue.maximum}`;
    case "invalid_value":
      return oneOf(issue.values);
    case "invalid_union":
      if ("options" in issue && issue.options) return oneOf(issue.options as readonly unknown[]);
      return issue.errors.map(([first]) => expectation(first)).join(" or ");
    default:
      return `valid (${issue.message})`;
  }
}

function oneOf(values: readonly unknown[]): string {
  return values.length === 1 ? String(values[0]) : `one of ${values.join(", ")}`;
}

/** A value as a reader would recognise it, at most 60 characters; a field that is not there is "nothing". */
function show(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = typeof value === "number" ? String(value) : JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

function at(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | null | undefined)?.[key], input);
}
