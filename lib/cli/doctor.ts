/** `doctor`: what is installed, what is missing, and the remedy. */
import { type Check, checkAll } from "./checks.ts";
import { ExitError } from "./errors.ts";

export interface DoctorOptions {
  readonly full?: boolean;
  readonly json?: boolean;
}

const marks: Record<Check["state"], string> = { ok: "ok      ", missing: "MISSING ", optional: "optional" };

export async function doctor({ full = false, json = false }: DoctorOptions): Promise<void> {
  const checks = await checkAll({ full });
  const missing = checks.filter(({ state }) => state === "missing");
  if (json) console.log(JSON.stringify({ ok: missing.length === 0, checks }, null, 1));
  else {
    const width = Math.max(...checks.map(({ name }) => name.length));
    for (const { name, state, found, remedy } of checks) {
      console.log(`${marks[state]} ${name.padEnd(width)}  ${found}${state === "ok" || !remedy ? "" : `. ${remedy}`}`);
    }
    console.log(
      missing.length ? `\n${missing.length} missing: ${missing.map(({ name }) => name).join(", ")}` : "\nEverything that is needed is here",
    );
  }
  if (missing.length) throw new ExitError(1);
}
