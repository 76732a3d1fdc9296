// What happens when VS Code opens the first Python file. Each feature is one file: what it asks of the server, what it
// does with the answer, and how it is disposed of. Hints, diagnostics and progress are standard LSP and need none.
import type * as vscode from "vscode";
import { Commands } from "./commands";
import { Gutter } from "./gutter";
import { Interpreter } from "./interpreter";
import { Server } from "./server";
import { SettingsSync } from "./settings";
import { StatusBar } from "./status_bar";

let server: Server | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const interpreter = new Interpreter();
  server = new Server(interpreter);
  context.subscriptions.push(
    interpreter,
    new SettingsSync(server, interpreter),
    new StatusBar(server),
    new Gutter(server, context.extensionUri),
    new Commands(server),
  );
  await interpreter.refresh();
  await server.start();
}

export async function deactivate(): Promise<void> {
  await server?.dispose();
}
