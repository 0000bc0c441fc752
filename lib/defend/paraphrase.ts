/**
 * Paraphrase by rules, in place of SCPD (paper B, Section 6, after Qi et al. 2021b), whose neural model no package holds. SCPD writes a sentence anew
 * in the syntax of a template, and loses words on the way. These rules only move clauses and words: whatever trigger is one word stays, elsewhere.
 */
import { readFileSync } from "node:fs";
import { type Defender, writer } from "./defender.ts";
import { type Rule, rules, rulesVersion } from "./paraphrase_rules.ts";
import { isMark, type Sentence, sentencesOf, textOf, type Word } from "./paraphrase_words.ts";

/** Plain data: what a configuration says of it. */
export interface RuleBasedParaphraseDefence {
  readonly name: "rule-based-paraphrase";
}

export function ruleBasedParaphraseDefender(): Defender {
  const packageFile = (name: string, file: string): URL => new URL(file, import.meta.resolve(name));
  const { version } = JSON.parse(readFileSync(packageFile("compromise", "../package.json"), "utf8"));
  return {
    component: `rules of clause and word order ${rulesVersion}, parts of speech by compromise ${version}`,
    settings: { name: "rule-based-paraphrase" },
    ...writer(paraphrase),
  };
}

/** The text with the rules applied to each of its sentences; where none applies, the text as it was. */
export function paraphrase(text: string): string {
  const sentences = sentencesOf(text), spaced = /\s[,.]/.test(text);
  const rewritten = sentences.map((sentence) => ({ ...sentence, body: rewrite(sentence, spaced) }));
  return rewritten.some(({ body }, row) => body !== sentences[row].body) ? textOf(rewritten) : text;
}

/** Words beside brackets and quotation marks stay where they are. */
function rewrite({ body }: Sentence, spaced: boolean): readonly Word[] {
  if (body.length < 2 || body.some(({ text }) => isMark(text) && text !== ",")) return body;
  const words = rules.reduce((words, row) => firstThatApplies(row, words), body);
  return words === body ? body : spell(words, body, spaced);
}

function firstThatApplies(row: readonly Rule[], words: readonly Word[]): readonly Word[] {
  for (const rule of row) {
    const moved = rule(words);
    if (moved) return moved;
  }
  return words;
}

/** Spaces and the capital of the beginning, as the text has them; names and I keep their capital. */
function spell(words: readonly Word[], before: readonly Word[], spaced: boolean): Word[] {
  const [first] = before, capital = (text: string) => text.slice(0, 1).toUpperCase() + text.slice(1);
  const begins = first.text !== first.text.toLowerCase() && first.text === capital(first.text.toLowerCase());
  const isName = /^I\b/.test(first.text) || first.tags.includes("ProperNoun");
  return words.map((word, row) => {
    const text = !begins ? word.text : row === 0 ? capital(word.text) : word === first && !isName ? word.text.toLowerCase() : word.text;
    return { ...word, text, space: row === 0 ? first.space : isMark(word.text) ? spaced : true };
  });
}
