import { strict as assert } from "node:assert";
import { formatNotebook, linesOf, type Notebook, parseNotebook, readNotebook, textOf } from "../../lib/report/notebook.ts";
import { notebookOf } from "./loss_notebook.ts";

Deno.test("linesOf() keeps line ends, and textOf() undoes it", () => {
  assert.deepEqual(linesOf("a\nb\n"), ["a\n", "b\n"]);
  assert.deepEqual(linesOf(["a\nb", "c"]), ["a\n", "bc"]);
  assert.equal(textOf(linesOf("a\n\nb")), "a\n\nb");
  assert.deepEqual(linesOf(""), []);
});

Deno.test("formatNotebook() is stable, and parseNotebook() reads it back", () => {
  const notebook: Notebook = notebookOf("const a = 1;\na");
  notebook.cells.unshift({ cell_type: "markdown", id: "text", metadata: {}, source: "# Title\n\n$x^2$" });
  const text = formatNotebook(notebook);
  assert.equal(formatNotebook(parseNotebook(text)), text);
  assert.ok(text.endsWith("}\n"));
});

Deno.test("formatNotebook() leaves deno fmt nothing to change in formatted cells", async () => {
  const path = await Deno.makeTempFile({ suffix: ".ipynb" });
  await Deno.writeTextFile(path, formatNotebook(notebookOf("const a = 1;\nconsole.log(a);")));
  const { success, stderr } = await new Deno.Command(Deno.execPath(), { args: ["fmt", "--no-config", "--check", path] }).output();
  await Deno.remove(path);
  assert.ok(success, new TextDecoder().decode(stderr));
});

Deno.test("parseNotebook() says what is wrong", () => {
  const message = (text: string) => {
    try {
      return parseNotebook(text);
    } catch (error) {
      return (error as Error).message;
    }
  };
  assert.match(message("{") as string, /^it must be JSON: /);
  assert.equal(message('{"nbformat": 3}'), "it must be of nbformat 4: 3");
  assert.equal(message('{"nbformat": 4}'), "it must have a list of cells: undefined");
  assert.equal(message('{"nbformat": 4, "cells": [{"cell_type": "heading"}]}'), "cell 1 must be code, markdown or raw: heading");
  assert.equal(message('{"nbformat": 4, "cells": [{"cell_type": "code"}]}'), "cell 1 must have a source: undefined");
  const cell = '{"cell_type": "raw", "id": "a", "source": ""}';
  assert.equal(message(`{"nbformat": 4, "cells": [${cell}, ${cell}]}`), "cell 2 must have an id of its own: a");
});

Deno.test("readNotebook() names the file that it cannot read", async () => {
  const path = await Deno.makeTempFile({ suffix: ".ipynb" });
  await Deno.writeTextFile(path, '{"nbformat": 3}');
  await assert.rejects(readNotebook(path), { name: "TypeError", message: `Cannot read notebook ${path} as it must be of nbformat 4: 3` });
  await Deno.remove(path);
});
