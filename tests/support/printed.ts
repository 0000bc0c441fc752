/** What a command prints while it runs; what it throws goes on. */
export async function printedBy(command: () => Promise<void>): Promise<string> {
  const lines: string[] = [], log = console.log;
  console.log = (line: string) => void lines.push(line);
  try {
    await command();
  } finally {
    console.log = log;
  }
  return lines.map((line) => `${line}\n`).join("");
}
