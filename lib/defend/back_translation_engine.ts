/**
 * Bergamot (Marian, compiled to WebAssembly) as plain objects. The package's own wrapper starts a worker thread and downloads models; here its
 * module is started in this thread, and only what translation takes of it is named.
 */
import { readFileSync } from "node:fs";

/** A C++ object: its memory is the module's, which only `delete` gives back. */
interface Handle {
  delete(): void;
}

interface Memory extends Handle {
  getByteArrayView(): Int8Array;
}

interface List<T> extends Handle {
  push_back(value: T): void;
}

interface Responses extends Handle {
  get(index: number): Handle & { getTranslatedText(): string };
}

interface ResponseOptions {
  readonly alignment: boolean;
  readonly html: boolean;
  readonly qualityScores: boolean;
}

/** One direction. */
export type TranslationModel = Handle;

interface Service extends Handle {
  /** Each text through the first model, sentence by sentence, and the result through the second. */
  translateViaPivoting(first: TranslationModel, second: TranslationModel, texts: List<string>, options: List<ResponseOptions>): Responses;
}

export interface Engine {
  readonly AlignedMemory: new (bytes: number, alignment: number) => Memory;
  readonly AlignedMemoryList: new () => List<Memory>;
  readonly TranslationModel: new (config: string, model: Memory, shortlist: Memory, vocabularies: List<Memory>, quality: null) => TranslationModel;
  readonly BlockingService: new (options: { readonly cacheSize: number }) => Service;
  readonly VectorString: new () => List<string>;
  readonly VectorResponseOptions: new () => List<ResponseOptions>;
}

/** The module imports its integer matrix products, which browsers may have faster; these are its own under the names that it asks for. */
const ownProducts = {
  int8_prepare_a: "int8PrepareAFallback",
  int8_prepare_b: "int8PrepareBFallback",
  int8_prepare_b_from_transposed: "int8PrepareBFromTransposedFallback",
  int8_prepare_b_from_quantized_transposed: "int8PrepareBFromQuantizedTransposedFallback",
  int8_prepare_bias: "int8PrepareBiasFallback",
  int8_multiply_and_add_bias: "int8MultiplyAndAddBiasFallback",
  int8_select_columns_of_b: "int8SelectColumnsOfBFallback",
};

/** Files of a package, beside the file that its name resolves to. */
const packageFile = (name: string, file: string): URL => new URL(file, import.meta.resolve(name));
const engineFile = (file: string): URL => packageFile("@browsermt/bergamot-translator", file);

/** The package's name and version. */
export function engineVersion(): string {
  const { name, version } = JSON.parse(readFileSync(engineFile("package.json"), "utf8"));
  return `${name} ${version}`;
}

/** Starts the module. Nothing runs on its own in it: it goes when nobody refers to it any more. */
export function startEngine(): Promise<Engine> {
  const compiled = new WebAssembly.Module(readFileSync(engineFile("worker/bergamot-translator-worker.wasm")));
  return new Promise((resolve) => {
    const silent = () => {};
    const module = {
      print: silent,
      printErr: silent,
      instantiateWasm(imports: WebAssembly.Imports, accept: (instance: WebAssembly.Instance) => void): object {
        const products = Object.entries(ownProducts).map(([asked, own]) => {
          return [asked, (...values: number[]) => (instance.exports[own] as (...values: number[]) => number)(...values)];
        });
        const instance: WebAssembly.Instance = new WebAssembly.Instance(compiled, { ...imports, wasm_gemm: Object.fromEntries(products) });
        accept(instance);
        return {};
      },
      onRuntimeInitialized: () => resolve(module as unknown as Engine),
    };
    new Function("Module", readFileSync(engineFile("worker/bergamot-translator-worker.js"), "utf8"))(module); // a script, not a module of JavaScript's
  });
}
