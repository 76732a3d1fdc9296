// The settings as the server wants them: sent once when it starts, and again whenever one of them, the trust in the
// workspace, or the chosen interpreter changes.
import * as vscode from "vscode";
import { DidChangeConfigurationNotification } from "vscode-languageclient/node";
import type { Interpreter } from "./interpreter";
import type { Server } from "./server";

export interface Settings {
  show: "both" | "hints" | "diagnostics";
  hints: "partial" | "all" | "off";
  severity: "error" | "warning" | "information" | "hint";
  /** Absolute path of the interpreter that runs the tests; null leaves the choice to the server. */
  python: string | null;
  testArgs: string[];
  /** Milliseconds after which a branch that only went one way says so during a run. */
  notYetAfter: number;
  /** Whether anything of the workspace may be executed. */
  trusted: boolean;
}

export function readSettings(python: string | null): Settings {
  const settings = vscode.workspace.getConfiguration("branchlight");
  return {
    show: settings.get("show", "both"),
    hints: settings.get("hints", "partial"),
    severity: settings.get("severity", "information"),
    python,
    testArgs: settings.get("testArgs", []),
    notYetAfter: settings.get("notYetAfter", 1000),
    trusted: vscode.workspace.isTrusted,
  };
}

export class SettingsSync implements vscode.Disposable {
  private readonly listeners: vscode.Disposable[];

  constructor(
    private readonly server: Server,
    private readonly interpreter: Interpreter,
  ) {
    this.listeners = [
      vscode.workspace.onDidChangeConfiguration((change) => {
        if (change.affectsConfiguration("branchlight.server")) {
          void server.restart();
        } else if (change.affectsConfiguration("branchlight.python")) {
          void interpreter.refresh();
        } else if (change.affectsConfiguration("branchlight")) {
          void this.send();
        }
      }),
      vscode.workspace.onDidGrantWorkspaceTrust(async () => {
        await interpreter.refresh();
        await (server.running ? this.send() : server.start());
      }),
      interpreter.onDidChange(() => this.send()),
    ];
  }

  dispose(): void {
    vscode.Disposable.from(...this.listeners).dispose();
  }

  private async send(): Promise<void> {
    if (this.server.running) {
      const settings = { branchlight: readSettings(this.interpreter.path) };
      await this.server.client.sendNotification(DidChangeConfigurationNotification.type, { settings });
    }
  }
}
