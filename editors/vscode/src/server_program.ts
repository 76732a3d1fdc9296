// Which program is the server: the user's setting, else the first `branchlight` on PATH. No repository can name it:
// the setting has machine scope, and in a workspace that is not trusted, folders of PATH that lie inside the
// workspace (an activated environment of the project's) are passed over.
import { accessSync, constants, realpathSync, statSync } from "node:fs";
import * as path from "node:path";
import * as vscode from "vscode";

export function findServerProgram(): string | undefined {
  const configured = configuredPath();
  if (configured !== "") {
    return path.isAbsolute(configured) && isProgram(configured) ? configured : undefined;
  }
  return (process.env.PATH ?? "")
    .split(path.delimiter)
    .filter((folder) => path.isAbsolute(folder))
    .map((folder) => path.join(folder, "branchlight"))
    .find((program) => isProgram(program) && (vscode.workspace.isTrusted || !isInWorkspace(program)));
}

export function whyThereIsNoServer(): string {
  const configured = configuredPath();
  if (configured === "") {
    return "No `branchlight` program was found on PATH. Install Branchlight, or name the program in the setting branchlight.server.path.";
  }
  return path.isAbsolute(configured)
    ? `The setting branchlight.server.path names ${configured}, which is not a program.`
    : `The setting branchlight.server.path must be an absolute path; it is ${configured}.`;
}

function configuredPath(): string {
  return vscode.workspace.getConfiguration("branchlight").get<string>("server.path", "").trim();
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

function isInWorkspace(file: string): boolean {
  const real = realpathSync(file);
  return (vscode.workspace.workspaceFolders ?? []).some((folder) =>
    [file, real].some((candidate) => candidate.startsWith(folder.uri.fsPath + path.sep)),
  );
}
