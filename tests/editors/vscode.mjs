// What a user of VS Code sees: the real workbench, the packed extension, the real server, a running program.
// Usage: node vscode.mjs [SCREENSHOT.png]
import { chmodSync, existsSync, writeFileSync } from "node:fs";
import path from "node:path";
import { check, eventually, finish } from "./checks.mjs";
import { makeWorkspace, Program, root } from "./program.mjs";
import { Workbench } from "./workbench.mjs";

const screenshot = process.argv[2];
const vsix = path.join(root, "editors/vscode/branchlight.vsix");
const { scratch, workspace, remove } = makeWorkspace();
const trap = path.join(workspace, ".vscode/named-by-the-repository");
writeFileSync(trap, `#!/bin/sh\ntouch '${trap}.was-run'\n`);
chmodSync(trap, 0o755);

let workbench;
let program;
let error;
try {
  workbench = await Workbench.start({ scratch, workspace, vsix, settings: { "branchlight.notYetAfter": 100 } });
  const { page } = workbench;
  await workbench.open("shop.py");
  await eventually("the status bar has an item before anything has run", () => workbench.statusBar(), Boolean);

  program = new Program(workspace);
  await program.step("price 200 True");
  const live = await eventually(
    "while the program runs, the branch that only went one way says so",
    () => workbench.hint("if member:"),
    (hint) => hint === "not yet False",
  );
  if (!live) {
    throw new Error("without a hint nothing else can work");
  }
  await program.step("price 200 False");
  await eventually(
    "the hint goes when the other arm is taken",
    () => workbench.hint("if member:"),
    (hint) => hint === "",
  );
  check("the program still runs at that moment", program.alive);
  await program.step("first_large [10,2000]");
  await program.step('label "S"');
  check("the program ends as it would have ended", (await program.end()) === 0);

  await eventually(
    "after the run, the verdict is on the line",
    () => workbench.hint("if total < 100:"),
    (hint) => hint === "never True",
  );
  await eventually(
    "the diagnostic is a squiggle under the test",
    () => workbench.squiggles(),
    (n) => n > 0,
  );
  await eventually(
    "a function that nothing called says so",
    () => workbench.hint("def refund(amount):"),
    (hint) => hint === "never called",
  );
  await eventually(
    "the status bar has the totals",
    () => workbench.statusBar(),
    (text) => /\d %/.test(text),
  );

  await page.keyboard.press("Control+Shift+KeyM");
  await eventually(
    "the Problems panel says what never happened, and where it would have gone",
    () => workbench.problems(),
    (rows) => rows.some((row) => /never True.*line 9.*partial-branch/.test(row)),
  );
  if (screenshot) {
    await page.locator(".editor-instance .view-line", { hasText: "A shop that fits" }).click();
    await page.mouse.move(5, 5);
    await page.keyboard.press("Control+KeyB");
    await page.screenshot({ path: screenshot });
    await page.keyboard.press("Control+KeyB");
  }

  await edits();
  await settings();
  await commands();
  check("no program that the repository names was run", !existsSync(`${trap}.was-run`));
} catch (caught) {
  error = caught;
  await workbench?.page?.screenshot({ path: path.join(root, ".deps/vscode-failure.png") }).catch(() => undefined);
} finally {
  program?.kill();
  await workbench?.stop();
  remove();
}
process.exit(finish(error));

async function edits() {
  const { page } = workbench;
  await page.locator(".editor-instance .view-line", { hasText: "A shop that fits" }).click();
  await page.keyboard.press("Home");
  await page.keyboard.type("# a line above\n");
  await eventually(
    "a line typed above moves the hint with its line",
    async () => [
      (await workbench.lines()).findIndex((text) => text.includes("if total < 100:")),
      await workbench.hint("if total < 100:"),
    ],
    ([line, hint]) => line === 8 && hint === "never True",
  );
  await page.locator(".editor-instance .view-line", { hasText: "total = amount" }).click();
  await page.keyboard.press("End");
  await page.keyboard.type(" + 0");
  await eventually(
    "in a function that was edited, the hint speaks of the past",
    () => workbench.hint("if total < 100:"),
    (hint) => hint === "was never True",
  );
  for (let i = 0; i < 4; i++) {
    await page.keyboard.press("Backspace");
  }
  await eventually(
    "undoing the edit brings the verdict back",
    () => workbench.hint("if total < 100:"),
    (hint) => hint === "never True",
  );
}

async function settings() {
  const { page } = workbench;
  workbench.configure({ "branchlight.show": "diagnostics" });
  await eventually(
    "show = diagnostics takes the hints away",
    () => workbench.hint("if total < 100:"),
    (hint) => hint === "",
  );
  workbench.configure({ "branchlight.show": "hints" });
  await eventually(
    "show = hints takes the squiggles away",
    () => workbench.squiggles(),
    (n) => n === 0,
  );
  workbench.configure({ "branchlight.show": "both" });
  await eventually(
    "show = both brings both back",
    async () => [await workbench.squiggles(), await workbench.hint("if total < 100:")],
    ([n, hint]) => n > 0 && hint === "never True",
  );

  const marks = (style) =>
    page
      .locator(".editor-instance .view-overlays .cdr")
      .evaluateAll(
        (marks, wanted) => marks.filter((mark) => getComputedStyle(mark).borderLeftStyle === wanted).length,
        style,
      );
  check("nothing is beside the lines unless asked for", (await marks("double")) + (await marks("dotted")) === 0);
  workbench.configure({ "branchlight.gutter": "bars" });
  await eventually(
    "gutter = bars: double where partial, dotted where nothing ran",
    async () => [await marks("double"), await marks("dotted")],
    ([partial, missing]) => partial > 0 && missing > 0,
  );
  const icons = () => page.locator(".glyph-margin-widgets .cgmr").count();
  workbench.configure({ "branchlight.gutter": "icons" });
  await eventually(
    "gutter = icons: icons in the glyph margin, bars gone",
    async () => [await icons(), await marks("double")],
    ([drawn, bars]) => drawn > 0 && bars === 0,
  );
  workbench.configure({ "branchlight.gutter": "off" });
  await eventually("gutter = off takes them away", icons, (n) => n === 0);
}

async function commands() {
  const { page } = workbench;
  await workbench.command("Branchlight: Erase What Is Known");
  await page.locator(".monaco-dialog-box .monaco-button", { hasText: /^Erase$/ }).click();
  await eventually(
    "Erase takes every hint away",
    async () => (await workbench.lines()).join("\n"),
    (text) => !/(never|not yet)/.test(text),
  );
  await eventually(
    "Erase takes the diagnostics away",
    () => workbench.squiggles(),
    (n) => n === 0,
  );

  writeFileSync(path.join(workspace, "hold"), "");
  await workbench.command("Branchlight: Run All Tests");
  await eventually(
    "Run All Tests: hints come while the tests run",
    () => workbench.hint("if member:"),
    (hint) => hint === "not yet False",
  );
  await eventually("the status bar says that tests run", () => workbench.running(), Boolean);
  await workbench.command("Branchlight: Cancel the Run");
  await eventually(
    "Cancel ends the run",
    () => workbench.running(),
    (running) => !running,
  );
  await page
    .locator(".editor-instance .view-line", { hasText: "if member:" })
    .locator("span", { hasText: /(never|not).*False/ })
    .last()
    .hover();
  await eventually(
    "pointing at a hint shows which tests took the other arm",
    () => page.locator(".monaco-hover .hover-contents").allTextContents(),
    (texts) => texts.join(" ").includes("test_member_pays_less"),
  );
}
