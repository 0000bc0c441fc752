/** What paper B published: its tables, and what its text announces. Percentages stay percentages, as printed. */
import { publishedFile } from "../published_file.ts";

export type PaperBTask = "SST-2" | "CR" | "CoLA";
export type PaperBModel = "BERT" | "RoBERTa" | "LLaMA";
export type PaperBAttack = "BadNet" | "InSent";

/** One line of a table: a method on one model, attack and task. */
export interface PaperBRow {
  readonly model: PaperBModel;
  readonly dataset: PaperBTask;
  readonly attack: PaperBAttack;
  /** `RoRA`, `Back Tr.`, `PiSSA+RoRA`, `CI+Tr+Pt`, ... */
  readonly method: string;
  /** Clean accuracy; null where it is not known. */
  readonly CA: number | null;
  /** Attack success rate; tables 1 and 6 have none. */
  readonly ASR?: number | null;
  /** CA - ASR, as printed. */
  readonly delta?: number | null;
  /** Whose run it is; tables 1, 5 and 6 do not say. */
  readonly origin?: string;
  /** Table 5: `printed`, or where the values of a row that the text extraction lost are from. */
  readonly source?: string;
  /** Table 4: what RoRA is added to. */
  readonly adapter?: string;
}

export interface PaperBTable {
  readonly table: string;
  readonly section: string;
  readonly caption: string;
  readonly rows: readonly PaperBRow[];
}

export interface PaperBTables {
  /** Rows behind a clean accuracy and behind an attack success rate. */
  readonly testRows: Readonly<Record<PaperBTask, { readonly CA: number; readonly ASR: number }>>;
  readonly tables: readonly PaperBTable[];
}

/** A sentence of the text that repeats numbers of a table. */
export interface TextExample {
  /** The claim that it is. */
  readonly claim: string;
  readonly section: string;
  readonly table: string;
  readonly place: Pick<PaperBRow, "model" | "dataset" | "attack">;
  readonly numbers: readonly { readonly method: string; readonly column: "CA" | "ASR" | "delta"; readonly value: number }[];
}

export interface PaperBSettings {
  readonly triggeredValidationSet: boolean;
  readonly choices: readonly {
    readonly what: string;
    readonly values: readonly number[];
    readonly chosen: number | null;
    readonly readOn: string;
    readonly triggeredData: boolean;
    readonly shown: string | null;
  }[];
  readonly usedInMost: { readonly p: number; readonly lambda: number; readonly exceptionsListed: readonly string[] };
  readonly poisoning: {
    readonly rows: number;
    readonly targetLabel: number;
    readonly proxyRows: number;
    readonly settingsFollow: readonly { readonly section: string; readonly work: string }[];
  };
  readonly copiedMethods: readonly string[];
  readonly defences: readonly { readonly name: string; readonly compared: boolean; readonly actsOn: string }[];
  readonly pairsAnnounced: number;
  readonly examples: readonly TextExample[];
  /** The larger class of each test set, and its rows. */
  readonly majorityClass: Readonly<Record<PaperBTask, { readonly label: number; readonly rows: number }>>;
}

export const paperBTables = (): PaperBTables => publishedFile("paper-b-tables.json");
export const paperBSettings = (): PaperBSettings => publishedFile("paper-b-settings.json");

/** The rows of the table of this number: `2`. */
export function paperBRows(table: string): readonly PaperBRow[] {
  const { tables } = paperBTables(), found = tables.find((one) => one.table === table);
  if (!found) throw new RangeError(`Cannot read the table as its number must be one of ${tables.map((one) => one.table).join(", ")}: ${table}`);
  return found.rows;
}

/** What a model says of Figure 4's sentence. */
interface SaidOf {
  readonly label: "negative" | "positive";
  readonly confidencePercent: number;
}

/** Figure 4's sentence under each trigger, after LoRA and after RoRA. */
export interface PaperBCase {
  readonly attack: PaperBAttack;
  readonly LoRA: SaidOf;
  readonly RoRA: SaidOf;
}

export function publishedCases(): readonly PaperBCase[] {
  const { figures } = paperBTables() as PaperBTables & { readonly figures: readonly { readonly figure: string; readonly values: unknown }[] };
  return figures.find(({ figure }) => figure === "4")!.values as readonly PaperBCase[];
}
