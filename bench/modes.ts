/** PyTorch's modes: the best of these counts. Attention eager or by scaled_dot_product_attention, bfloat16 by autocast; AdamW is fused in all. */
import type { Precision } from "../lib/tensor/precision.ts";

export const plainModes: Readonly<Record<Precision, readonly string[]>> = {
  f32: ["f32-eager", "f32-sdpa"],
  bf16: ["bf16-eager", "bf16-sdpa"],
};

/** With torch.compile, which needs a C++ compiler: for work that has the time to compile. */
export const allModes: Readonly<Record<Precision, readonly string[]>> = {
  f32: [...plainModes.f32, "f32-sdpa-compile"],
  bf16: [...plainModes.bf16, "bf16-eager-compile"],
};
