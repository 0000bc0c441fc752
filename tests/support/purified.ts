/** Texts behind a defence whose component is loaded for them alone, with nothing kept. */
import type { DefenceProgress, Defender } from "../../lib/defend/defender.ts";

export async function purified(defender: Defender, texts: readonly string[], onProgress?: DefenceProgress): Promise<string[]> {
  const component = await defender.load();
  try {
    const answers = await component.ask(texts, onProgress);
    return texts.map((text, row) => defender.purified(text, answers[row]));
  } finally {
    component.dispose();
  }
}
