// The status-bar item: the totals while nothing runs, the state of a run while one does, and what to do when there is
// no server. A click opens the menu.
import * as vscode from "vscode";
import type { Server } from "./server";

/** The notification branchlight/status; `text` is ready to be shown. */
interface Status {
  state: "none" | "known" | "running";
  text: string;
  arms: { taken: number; total: number };
  partial: number;
  tests: { passed: number; failed: number; total: number | null };
  run: string | null;
}

export class StatusBar implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem("branchlight.status", vscode.StatusBarAlignment.Left, 10);
  private readonly listeners: vscode.Disposable[];
  private status: Status | undefined;

  constructor(private readonly server: Server) {
    this.item.name = "Branchlight";
    this.item.command = "branchlight.menu";
    this.listeners = [
      server.client.onNotification("branchlight/status", (status: Status) => {
        this.status = status;
        this.draw();
      }),
      server.onDidChangeState(() => {
        if (!server.running) {
          this.status = undefined;
        }
        this.draw();
      }),
    ];
    this.draw();
    this.item.show();
  }

  dispose(): void {
    vscode.Disposable.from(this.item, ...this.listeners).dispose();
  }

  private draw(): void {
    const { problem } = this.server;
    const words = problem === undefined ? (this.status?.text ?? "starting") : "no server";
    this.item.text = `$(${this.icon()}) ${words}`;
    this.item.tooltip = problem ?? (this.status && tooltip(this.status));
    const running = this.status?.state === "running";
    this.item.accessibilityInformation = { label: `Branchlight: ${words}${running ? ", running" : ""}` };
    this.item.backgroundColor = problem && new vscode.ThemeColor("statusBarItem.warningBackground");
  }

  private icon(): string {
    if (this.server.problem !== undefined) {
      return "warning";
    }
    return this.status?.state === "running" ? "sync~spin" : "type-hierarchy-sub";
  }
}

function tooltip({ state, arms, partial, tests }: Status): vscode.MarkdownString {
  const lines =
    state === "none"
      ? ["Branchlight: nothing is known yet"]
      : [
          "Branchlight",
          `${arms.taken} of ${arms.total} arms taken, ${count(partial, "partial branch", "partial branches")}`,
        ];
  if (tests.passed + tests.failed > 0) {
    const of = tests.total === null ? "" : ` of ${tests.total}`;
    lines.push(`Tests: ${tests.passed} passed, ${tests.failed} failed${of}`);
  }
  if (state === "running") {
    lines.push("A program is running");
  }
  return new vscode.MarkdownString().appendText(lines.join("\n\n"));
}

function count(n: number, one: string, many: string): string {
  return `${n} ${n === 1 ? one : many}`;
}
