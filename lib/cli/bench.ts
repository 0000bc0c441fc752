/** `bench`: runs the benchmark beside the library, with its arguments. */
import { fileURLToPath } from "node:url";
import { ExitError } from "./errors.ts";

const program = fileURLToPath(new URL("../../bench/main.ts", import.meta.url));

export async function bench(args: readonly string[]): Promise<void> {
  const { code } = await new Deno.Command(Deno.execPath(), { args: ["run", "--allow-all", program, ...args] }).spawn().status;
  throw new ExitError(code);
}
