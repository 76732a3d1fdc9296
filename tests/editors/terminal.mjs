// A program in a real terminal: tmux on a socket of its own. What is on the screen is read from tmux's cells.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { root } from "./program.mjs";

export class Terminal {
  constructor(command, { columns, rows, cwd, env }) {
    this.socket = `branchlight-${process.pid}`;
    this.size = { columns, rows };
    this.env = { ...process.env, LC_ALL: "C.UTF-8", ...env };
    this.tmux("-f", "/dev/null", "new-session", "-d", "-x", String(columns), "-y", String(rows), "-c", cwd, command);
  }

  tmux(...args) {
    return execFileSync("tmux", ["-L", this.socket, ...args], {
      env: this.env,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
  }

  /** The rows of the screen, without colours. */
  screen() {
    return this.tmux("capture-pane", "-p", "-t", "0").split("\n");
  }

  /** The rows of the screen, with the escape sequences that draw them. */
  colouredScreen() {
    return this.tmux("capture-pane", "-p", "-e", "-t", "0").replace(/\n$/, "").split("\n");
  }

  row(text) {
    return this.screen().find((row) => row.includes(text));
  }

  type(...keys) {
    this.tmux("send-keys", "-t", "0", ...keys);
  }

  close() {
    try {
      this.tmux("kill-server");
    } catch {
      // it has ended by itself
    }
  }

  /** Draws the screen with xterm.js, the terminal of VS Code. */
  async screenshot(file) {
    const modules = path.join(root, ".deps/vscode");
    const { chromium } = createRequire(`${modules}/`)("playwright-core");
    const xterm = path.join(modules, "node_modules/code-server/lib/vscode/node_modules/@xterm/xterm");
    const browser = await chromium.launch({
      executablePath: "/usr/bin/chromium",
      headless: true,
      args: ["--no-sandbox", "--disable-gpu"],
    });
    try {
      const page = await browser.newPage({ deviceScaleFactor: 1.5, viewport: { width: 1400, height: 1000 } });
      await page.setContent('<body style="margin:0"><div id="terminal" style="display:inline-block"></div>');
      await page.addStyleTag({ content: readFileSync(`${xterm}/css/xterm.css`, "utf8") });
      await page.addScriptTag({ content: readFileSync(`${xterm}/lib/xterm.js`, "utf8") });
      await page.evaluate(
        ([text, columns, rows]) =>
          new Promise((drawn) => {
            const options = {
              cols: columns,
              rows,
              fontFamily: "DejaVu Sans Mono",
              fontSize: 14,
              cursorInactiveStyle: "none",
            };
            const terminal = new globalThis.Terminal({
              ...options,
              theme: { background: "#14161b", foreground: "#e0e2ea" },
            });
            terminal.open(document.getElementById("terminal"));
            terminal.onRender(() => drawn());
            terminal.write(text);
          }),
        [this.colouredScreen().join("\r\n"), this.size.columns, this.size.rows],
      );
      await page.locator(".xterm-screen").screenshot({ path: file });
    } finally {
      await browser.close();
    }
  }
}
