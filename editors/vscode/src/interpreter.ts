// The interpreter that runs the tests: our setting, else the choice made in Microsoft's Python extension where that is
// installed, else null, and the server looks for one.
import * as vscode from "vscode";

/** The part of the Python extension's public interface that is used here. */
interface PythonExtension {
  environments: {
    getActiveEnvironmentPath(resource?: vscode.Uri): { path: string };
    resolveEnvironment(environment: { path: string }): Promise<{ executable: { uri?: vscode.Uri } } | undefined>;
    onDidChangeActiveEnvironmentPath: vscode.Event<unknown>;
  };
}

export class Interpreter implements vscode.Disposable {
  path: string | null = null;
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.changed.event;
  private choiceListener: vscode.Disposable | undefined;
  // The Python extension is off in a workspace that is not trusted, and comes some time after trust.
  private readonly extensionsListener = vscode.extensions.onDidChange(() => this.refresh());

  async refresh(): Promise<void> {
    const before = this.path;
    this.path = configured() ?? (await this.chosenInPythonExtension());
    if (this.path !== before) {
      this.changed.fire();
    }
  }

  dispose(): void {
    this.extensionsListener.dispose();
    this.choiceListener?.dispose();
    this.changed.dispose();
  }

  private async chosenInPythonExtension(): Promise<string | null> {
    // Asking starts the Python extension, which may run the interpreters that it finds in the workspace.
    const extension = vscode.extensions.getExtension<PythonExtension>("ms-python.python");
    if (extension === undefined || !vscode.workspace.isTrusted) {
      return null;
    }
    try {
      const { environments } = await extension.activate();
      this.choiceListener ??= environments.onDidChangeActiveEnvironmentPath(() => this.refresh());
      const active = environments.getActiveEnvironmentPath(vscode.workspace.workspaceFolders?.[0]?.uri);
      return (await environments.resolveEnvironment(active))?.executable.uri?.fsPath ?? null;
    } catch {
      return null;
    }
  }
}

function configured(): string | null {
  return vscode.workspace.getConfiguration("branchlight").get<string>("python", "").trim() || null;
}
