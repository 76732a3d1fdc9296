// The commands of the palette and of the status bar's menu.
import * as vscode from "vscode";
import type { Server, ServerCommand } from "./server";

export class Commands implements vscode.Disposable {
  private readonly registered: vscode.Disposable[];

  constructor(private readonly server: Server) {
    this.registered = [
      vscode.commands.registerCommand("branchlight.runAll", () => this.runAll()),
      vscode.commands.registerCommand("branchlight.cancel", () => this.execute("branchlight.cancel")),
      vscode.commands.registerCommand("branchlight.erase", () => this.erase()),
      vscode.commands.registerCommand("branchlight.restart", () => server.restart()),
      vscode.commands.registerCommand("branchlight.showLog", () => server.log.show()),
      vscode.commands.registerCommand("branchlight.menu", () => this.menu()),
    ];
  }

  dispose(): void {
    vscode.Disposable.from(...this.registered).dispose();
  }

  private async runAll(): Promise<void> {
    if (!vscode.workspace.isTrusted) {
      await vscode.window.showWarningMessage("Branchlight runs tests only in a workspace that is trusted.");
      return;
    }
    await vscode.workspace.saveAll(false);
    await this.execute("branchlight.runAll");
  }

  private async erase(): Promise<void> {
    const erase = "Erase";
    const answer = await vscode.window.showWarningMessage(
      "Erase everything that Branchlight knows about this workspace?",
      { modal: true, detail: "The next run of the tests brings it back." },
      erase,
    );
    if (answer === erase) {
      await this.execute("branchlight.erase");
    }
  }

  private async execute(command: ServerCommand): Promise<void> {
    await this.server.start();
    if (!this.server.running) {
      await this.sayWhatIsWrong();
      return;
    }
    try {
      await this.server.execute(command);
    } catch (error) {
      await vscode.window.showErrorMessage(`Branchlight: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  private async sayWhatIsWrong(): Promise<void> {
    const setting = "Open the Setting";
    const log = "Show the Log";
    const answer = await vscode.window.showErrorMessage(this.server.problem ?? "No server.", setting, log);
    if (answer === setting) {
      await vscode.commands.executeCommand("workbench.action.openSettings", "branchlight.server.path");
    } else if (answer === log) {
      this.server.log.show();
    }
  }

  private async menu(): Promise<void> {
    if (this.server.problem !== undefined) {
      await this.server.start();
      if (!this.server.running) {
        await this.sayWhatIsWrong();
        return;
      }
    }
    const choice = await vscode.window.showQuickPick(
      [
        { label: "$(run-all) Run all tests", command: "branchlight.runAll" },
        { label: "$(debug-stop) Cancel the run", command: "branchlight.cancel" },
        { label: "$(trash) Erase what is known", command: "branchlight.erase" },
        { label: "$(output) Show the log", command: "branchlight.showLog" },
        {
          label: "$(gear) Settings",
          command: "workbench.action.openSettings",
          argument: "@ext:branchlight.branchlight",
        },
      ],
      { title: "Branchlight" },
    );
    if (choice !== undefined) {
      await vscode.commands.executeCommand(choice.command, choice.argument);
    }
  }
}
