// A workspace that the user has not trusted: what is known is shown, nothing is executed; then the user trusts it.
// The project's own environment is first on PATH and holds a `branchlight`, which must never be run before that.
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { check, eventually, finish } from "./checks.mjs";
import { branchlight, makeWorkspace, Program, python, root } from "./program.mjs";
import { usualPath, Workbench } from "./workbench.mjs";

const vsix = path.join(root, "editors/vscode/branchlight.vsix");
const { scratch, workspace, remove } = makeWorkspace();
const environment = path.join(workspace, ".venv/bin");
const trap = path.join(environment, "branchlight");
mkdirSync(environment, { recursive: true });
writeFileSync(trap, `#!/bin/sh\ntouch '${trap}.was-run'\nexec '${branchlight}' "$@"\n`);
chmodSync(trap, 0o755);

const chosenPython = path.join(scratch, "chosen-python");
writeFileSync(chosenPython, `#!/bin/sh\ntouch '${chosenPython}.was-run'\nexec '${python}' "$@"\n`);
chmodSync(chosenPython, 0o755);

let workbench;
let error;
try {
  const program = new Program(workspace);
  await program.step("price 200 True");
  await program.end();

  workbench = await Workbench.start({
    scratch,
    workspace,
    vsix: [vsix, packPythonExtension()],
    trust: false,
    path: `${environment}:${usualPath}`,
  });
  const { page } = workbench;
  await workbench.open("shop.py");
  await eventually(
    "without trust, what is known is shown",
    () => workbench.hint("if member:"),
    (hint) => hint === "never False",
  );
  check("the program in the project's own environment was not run", !existsSync(`${trap}.was-run`));
  await page.keyboard.press("F1");
  await page.waitForSelector(".quick-input-widget input");
  await page.keyboard.type("Branchlight: ");
  const offered = () => page.locator(".quick-input-list .monaco-list-row").allInnerTexts();
  await eventually(
    "the palette does not offer to run the tests",
    offered,
    (rows) => rows.some((row) => row.includes("Show the Log")) && !rows.some((row) => row.includes("Run All Tests")),
  );
  await page.keyboard.press("Escape");

  await workbench.command("Branchlight: Show Menu");
  await page.locator(".quick-input-list .monaco-list-row", { hasText: "Run all tests" }).click();
  await eventually(
    "the menu says why not",
    () => workbench.notifications(),
    (texts) => texts.some((text) => /trusted/.test(text)),
  );

  await workbench.command("Workspaces: Manage Workspace Trust");
  await page.locator(".workspace-trust-editor .monaco-button", { hasText: /^Trust$/ }).click();
  await page.locator(".tab", { hasText: "shop.py" }).click();
  writeFileSync(path.join(workspace, "hold"), "");
  await workbench.command("Branchlight: Run All Tests");
  await eventually("once it is trusted, the tests run", () => workbench.running(), Boolean);
  await eventually(
    "the interpreter is the one that is chosen in the Python extension",
    () => existsSync(`${chosenPython}.was-run`),
    Boolean,
  );
  await workbench.command("Branchlight: Cancel the Run");
  await eventually(
    "and can be cancelled",
    () => workbench.running(),
    (running) => !running,
  );
} catch (caught) {
  error = caught;
  await workbench?.page?.screenshot({ path: path.join(root, ".deps/vscode-failure.png") }).catch(() => undefined);
} finally {
  await workbench?.stop();
  remove();
}
process.exit(finish(error));

/** The part of Microsoft's Python extension that ours asks, with an interpreter chosen in it. */
function packPythonExtension() {
  const folder = path.join(scratch, "python-extension");
  mkdirSync(folder);
  const manifest = {
    name: "python",
    publisher: "ms-python",
    version: "1.0.0",
    engines: { vscode: "^1.91.0" },
    main: "./extension.js",
    activationEvents: [],
  };
  writeFileSync(path.join(folder, "package.json"), JSON.stringify(manifest));
  writeFileSync(
    path.join(folder, "extension.js"),
    `exports.activate = () => ({
      environments: {
        getActiveEnvironmentPath: () => ({ path: ${JSON.stringify(chosenPython)} }),
        resolveEnvironment: async ({ path }) => ({ executable: { uri: require("vscode").Uri.file(path) } }),
        onDidChangeActiveEnvironmentPath: () => ({ dispose() {} }),
      },
    });`,
  );
  const vsce = path.join(root, "editors/vscode/node_modules/.bin/vsce");
  const packed = path.join(scratch, "python.vsix");
  const options = ["--no-dependencies", "--allow-missing-repository", "--skip-license", "--out", packed];
  execFileSync(vsce, ["package", ...options], { cwd: folder, stdio: "ignore" });
  return packed;
}
