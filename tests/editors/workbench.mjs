// The real VS Code workbench: VS Code's own server as a child process, its page in headless Chromium, and what a user
// would see there, read from the page.
import { execFileSync, spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import net from "node:net";
import path from "node:path";
import { until } from "./checks.mjs";
import { branchlight, python, root } from "./program.mjs";

const prefix = path.join(root, ".deps/vscode");
const { chromium } = createRequire(`${prefix}/`)("playwright-core");

export const usualPath = [path.dirname(branchlight), path.dirname(python), process.env.PATH].join(":");

const statusItem = '.statusbar-item[id="branchlight.branchlight.branchlight.status"]';

const quietSettings = {
  "workbench.startupEditor": "none",
  "chat.disableAIFeatures": true,
  "chat.commandCenter.enabled": false,
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "workbench.enableExperiments": false,
  "workbench.tips.enabled": false,
  "workbench.colorTheme": "Default Dark Modern",
  "security.workspace.trust.startupPrompt": "never",
  "security.workspace.trust.banner": "never",
  "telemetry.telemetryLevel": "off",
  "update.mode": "none",
  "extensions.autoCheckUpdates": false,
  "extensions.autoUpdate": false,
  "extensions.ignoreRecommendations": true,
  "git.enabled": false,
  "editor.minimap.enabled": false,
  "editor.accessibilitySupport": "off",
  "editor.fontFamily": "DejaVu Sans Mono",
  "window.commandCenter": false,
  // biome-ignore lint/suspicious/noTemplateCurlyInString: VS Code fills it in
  "window.title": "${activeEditorShort} - ${rootName}",
  "files.exclude": { "**/.*": true, "**/__pycache__": true },
};

export class Workbench {
  /**
   * @param {{scratch: string, workspace: string, vsix: string | string[], settings?: object, trust?: boolean, path?: string}} options
   * trust: whether workspace trust is switched off (the default), so that everything is trusted
   * path: PATH, on which the extension looks for the server
   */
  static async start({ scratch, workspace, vsix, settings = {}, trust = true, path: searchPath = usualPath }) {
    const workbench = new Workbench();
    Object.assign(workbench, { workspace, searchPath, home: path.join(scratch, "vscode") });
    const file = path.join(workbench.home, "user/User/settings.json");
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify({ ...quietSettings, ...settings, "security.workspace.trust.enabled": !trust }));
    try {
      for (const extension of [vsix].flat()) {
        workbench.installExtension(extension);
      }
      await workbench.startServer(trust);
      await workbench.openPage();
    } catch (error) {
      await workbench.stop();
      throw error;
    }
    return workbench;
  }

  /** Changes settings of the workspace, whose file VS Code watches. */
  configure(changes) {
    const file = path.join(this.workspace, ".vscode/settings.json");
    writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, "utf8")), ...changes }, null, 2));
  }

  get folders() {
    return [
      "--accept-server-license-terms",
      "--server-data-dir",
      `${this.home}/server`,
      "--user-data-dir",
      `${this.home}/user`,
      "--extensions-dir",
      `${this.home}/extensions`,
    ];
  }

  get env() {
    const { home } = this;
    return {
      ...process.env,
      HOME: home,
      TMPDIR: home,
      XDG_CONFIG_HOME: `${home}/config`,
      XDG_DATA_HOME: `${home}/data`,
      EXTENSIONS_GALLERY: "{}",
      PATH: this.searchPath,
    };
  }

  installExtension(vsix) {
    execFileSync(`${prefix}/node`, [`${prefix}/server-main.js`, ...this.folders, "--install-extension", vsix], {
      env: this.env,
      stdio: "ignore",
    });
  }

  async startServer(trust) {
    this.port = await freePort();
    this.logFile = `${this.home}/server.log`;
    const log = openSync(this.logFile, "w");
    const args = [
      `${prefix}/server-main.js`,
      ...this.folders,
      "--host",
      "127.0.0.1",
      "--port",
      String(this.port),
      "--without-connection-token",
      "--disable-telemetry",
      "--force-disable-user-env",
    ];
    if (trust) {
      args.push("--disable-workspace-trust");
    }
    this.server = spawn(`${prefix}/node`, args, { env: this.env, stdio: ["ignore", log, log], detached: true });
    closeSync(log);
    const up = () =>
      fetch(`http://127.0.0.1:${this.port}/version`)
        .then((answer) => answer.ok)
        .catch(() => false);
    if (!(await until(up))) {
      throw new Error(`VS Code's server does not answer\n${this.serverLog()}`);
    }
  }

  async openPage() {
    this.browser = await chromium.launchPersistentContext(`${this.home}/chromium`, {
      executablePath: "/usr/bin/chromium",
      headless: true,
      viewport: { width: 1000, height: 990 },
      deviceScaleFactor: 1.5,
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    });
    this.page = this.browser.pages()[0] ?? (await this.browser.newPage());
    this.page.setDefaultTimeout(30_000);
    await this.page.goto(`http://127.0.0.1:${this.port}/?folder=${this.workspace}`);
    await this.page.waitForSelector(".monaco-workbench .explorer-folders-view");
  }

  async open(file) {
    await this.page.locator(".explorer-folders-view .monaco-list-row", { hasText: file }).dblclick();
    await this.page.waitForSelector(`.tab.active[data-resource-name="${file}"]`);
    await this.page.waitForSelector(".editor-instance .view-line");
  }

  /** The lines of the editor as they are drawn, hints included. */
  lines() {
    return this.page.locator(".editor-instance .view-lines .view-line").evaluateAll((lines) =>
      lines
        .map((line) => [
          Number.parseFloat(line.style.top),
          // VS Code draws non-breaking and thin spaces around hints.
          line.textContent.replace(/[\u00a0\u2000-\u200a\u202f]/g, " ").replace(/[\u200b-\u200d\u2060\ufeff]/g, ""),
        ])
        .sort(([above], [below]) => above - below)
        .map(([, text]) => text),
    );
  }

  /** What is drawn behind `code` on its line: the hint's words, "" for none; undefined while the line is not there. */
  async hint(code) {
    const line = (await this.lines()).find((text) => text.trimStart().startsWith(code));
    return line?.trimStart().slice(code.length).trim();
  }

  squiggles() {
    return this.page.locator(".editor-instance .squiggly-info, .editor-instance .squiggly-warning").count();
  }

  async statusBar() {
    const item = this.page.locator(statusItem);
    return (await item.count()) ? (await item.first().textContent()).trim() : "";
  }

  /** Whether the status bar's item says that a program runs, as its icon does. */
  async running() {
    return (await this.page.locator(`${statusItem} .codicon-sync`).count()) > 0;
  }

  async problems() {
    const rows = await this.page.locator(".markers-panel .monaco-list-row").allTextContents();
    return rows.map((row) => row.replace(/\s+/g, " "));
  }

  /** From the palette, which lists what is known at the moment that it opens: VS Code adds some commands late. */
  async command(title) {
    const row = this.page.locator(".quick-input-list .monaco-list-row.focused", { hasText: title });
    const offered = async () => {
      await this.page.keyboard.press("F1");
      await this.page.waitForSelector(".quick-input-widget input");
      await this.page.keyboard.type(title);
      const shown = await row.waitFor({ timeout: 2000 }).then(
        () => true,
        () => false,
      );
      if (!shown) {
        await this.page.keyboard.press("Escape");
      }
      return shown;
    };
    if (!(await until(offered, { deadline: 30_000 }))) {
      throw new Error(`the palette does not offer ${title}`);
    }
    await this.page.keyboard.press("Enter");
  }

  async notifications() {
    return this.page.locator(".notification-list-item-message").allTextContents();
  }

  serverLog() {
    return readFileSync(this.logFile, "utf8").slice(-2000);
  }

  async stop() {
    await this.browser?.close().catch(() => undefined);
    const { server } = this;
    if (server && server.exitCode === null) {
      const ended = new Promise((resume) => server.on("exit", resume));
      const signal = (name) => {
        try {
          process.kill(-server.pid, name);
        } catch {
          // gone already
        }
      };
      signal("SIGTERM");
      const timer = setTimeout(() => signal("SIGKILL"), 5000);
      await ended;
      clearTimeout(timer);
    }
  }
}

async function freePort() {
  const probe = net.createServer().listen(0, "127.0.0.1");
  await new Promise((resume) => probe.on("listening", resume));
  const { port } = probe.address();
  await new Promise((resume) => probe.close(resume));
  return port;
}
