/** Which trained tensors are what: both methods move the linear modules' matrices, full fine-tuning everything else as well. */

/** The kind of tensor by its name; LoRA's factors count as the matrix that they change. */
export function groupOf(name: string): string {
  const [, module, part] = /^(.*)\.([^.]*)$/.exec(name)!;
  if (part === "bias" || module.endsWith("LayerNorm")) return "vectors";
  if (module.startsWith("embeddings.")) return "embeddings";
  if (module === "classifier") return "classifier";
  if (module.startsWith("pooler.")) return "pooler";
  return module.includes(".attention.") ? "attention" : "feedForward";
}

/** Whether a group is of the linear modules' matrices. */
export const isMatched = (group: string): boolean => group !== "vectors" && group !== "embeddings";
