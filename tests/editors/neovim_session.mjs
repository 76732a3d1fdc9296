// Neovim in a real terminal, with a user's configuration and a file of the example workspace.
import { cpSync } from "node:fs";
import path from "node:path";
import { branchlight, python, root } from "./program.mjs";
import { Terminal } from "./terminal.mjs";

export function startNeovim(nvim, { scratch, workspace, file }) {
  const plugin = path.join(scratch, "plugin");
  cpSync(path.join(root, "editors/neovim"), plugin, { recursive: true });
  return new Terminal(`${nvim} --clean -u ${path.join(import.meta.dirname, "neovim_init.lua")} ${file}`, {
    columns: 100,
    rows: 40,
    cwd: workspace,
    env: {
      HOME: scratch,
      XDG_CONFIG_HOME: scratch,
      XDG_STATE_HOME: scratch,
      PLUGIN: plugin,
      BRANCHLIGHT: branchlight,
      PYTHON: python,
    },
  });
}
