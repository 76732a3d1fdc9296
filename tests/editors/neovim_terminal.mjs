// What is on the screen of a terminal in which Neovim runs, read from the terminal's cells.
// Usage: node neovim_terminal.mjs NVIM [SCREENSHOT.png]
import { check, eventually, finish } from "./checks.mjs";
import { startNeovim } from "./neovim_session.mjs";
import { makeWorkspace, Program } from "./program.mjs";

const [nvim, screenshot] = process.argv.slice(2);
// SGR 4, with or without a style of underline
const underlined = new RegExp(`${String.fromCharCode(27)}\\[[\\d;:]*\\b4(:\\d)?[;m]`);
const { scratch, workspace, remove } = makeWorkspace();
let terminal;
let program;
let error;
try {
  terminal = startNeovim(nvim, { scratch, workspace, file: "shop.py" });
  await eventually(
    "the file is on the screen",
    () => terminal.screen(),
    (rows) => rows.some((row) => /if member:$/.test(row)),
  );

  program = new Program(workspace);
  await program.step("price 200 True");
  const live = await eventually(
    "while the program runs, the hint is behind its line",
    () => terminal.row("if member:"),
    (row) => /if member: not yet False$/.test(row),
  );
  if (!live) {
    throw new Error("without a hint nothing else can work");
  }
  await program.step("price 200 False");
  await eventually(
    "the hint goes when the other arm is taken",
    () => terminal.row("if member:"),
    (row) => /if member:$/.test(row),
  );
  check("the program still runs at that moment", program.alive);
  await program.step("first_large [10,2000]");
  await program.step('label "S"');
  check("the program ends as it would have ended", (await program.end()) === 0);

  await eventually(
    "after the run: our sign, the line's number, the code, the verdict, and nothing that says it twice",
    () => terminal.row("if total < 100:"),
    (row) => /^┣\s+8\s+if total < 100: never True$/.test(row.trim()),
  );
  await eventually(
    "a function that nothing called says so",
    () => terminal.row("def refund(amount):"),
    (row) => /def refund\(amount\): never called$/.test(row.trimEnd()),
  );
  await eventually(
    "the diagnostic is an underline under the test",
    () => terminal.colouredScreen().find((row) => row.includes("never True")),
    (row) => underlined.test(row ?? ""),
  );
  await eventually(
    "the status line has the totals",
    () => terminal.screen(),
    (rows) => rows.some((row) => /shop\.py.*\d %/.test(row)),
  );

  terminal.type(":lua vim.diagnostic.setloclist({ open = false })", "Enter", ":lopen 6", "Enter");
  await eventually(
    "the list of diagnostics says what never happened, and where it would have gone",
    () => terminal.screen(),
    (rows) => rows.some((row) => /\|8 col.*never True.*line 9/.test(row)),
  );
  if (screenshot) {
    terminal.type(":", "Escape");
    await terminal.screenshot(screenshot);
  }
  terminal.type(":lclose", "Enter", "ggO# typed above", "Escape");
  await eventually(
    "a line typed above moves sign and hint with their line",
    () => terminal.row("if total < 100:"),
    (row) => /^┣\s+9\s+if total < 100: never True$/.test(row.trim()),
  );
  terminal.type(":qall!", "Enter");
} catch (caught) {
  error = caught;
  console.log(terminal?.screen().join("\n"));
} finally {
  program?.kill();
  terminal?.close();
  remove();
}
process.exit(finish(error));
