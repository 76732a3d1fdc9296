// The language server's process and the client that speaks to it. There is one client for as long as the extension
// lives; stopping and starting it finds the program afresh, so features may register their handlers once.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import * as vscode from "vscode";
import { ExecuteCommandRequest, LanguageClient, State, type StaticFeature } from "vscode-languageclient/node";
import type { Interpreter } from "./interpreter";
import { findServerProgram, whyThereIsNoServer } from "./server_program";
import { readSettings } from "./settings";

/** The commands that the server carries out itself. */
export type ServerCommand = "branchlight.runAll" | "branchlight.cancel" | "branchlight.erase";

export class Server {
  readonly client: LanguageClient;
  readonly log = vscode.window.createOutputChannel("Branchlight", { log: true });
  private readonly stateChanged = new vscode.EventEmitter<void>();
  readonly onDidChangeState = this.stateChanged.event;
  /** Why there is no server, in words for the user; undefined while there is one. */
  problem: string | undefined;

  constructor(interpreter: Interpreter) {
    this.client = new LanguageClient("branchlight", "Branchlight", startProcess, {
      documentSelector: [{ scheme: "file", language: "python" }],
      outputChannel: this.log,
      initializationOptions: () => readSettings(interpreter.path),
    });
    this.client.registerFeature(leaveCommandsToUs);
    this.client.onDidChangeState(({ newState }) => {
      const well = newState === State.Running || newState === State.Starting;
      this.problem = well ? undefined : "The server has stopped; its last words are in the log.";
      this.stateChanged.fire();
    });
  }

  get running(): boolean {
    return this.client.isRunning();
  }

  async start(): Promise<void> {
    if (this.running) {
      return;
    }
    if (findServerProgram() === undefined) {
      this.problem = whyThereIsNoServer();
      this.log.warn(this.problem);
      this.stateChanged.fire();
      return;
    }
    // The client has told the user already when this fails.
    await this.client.start().catch(() => undefined);
  }

  async restart(): Promise<void> {
    if (this.client.needsStop()) {
      await this.client.stop().catch((error) => this.log.warn(String(error)));
    }
    await this.start();
  }

  async execute(command: ServerCommand): Promise<void> {
    await this.client.sendRequest(ExecuteCommandRequest.type, { command, arguments: [] });
  }

  async dispose(): Promise<void> {
    await this.client.dispose().catch(() => undefined);
    this.log.dispose();
  }
}

async function startProcess(): Promise<ChildProcess> {
  const program = findServerProgram();
  if (program === undefined) {
    throw new Error(whyThereIsNoServer());
  }
  // The working directory is not the workspace: nothing that lies in a workspace should be found by name.
  const child = spawn(program, ["lsp"], { cwd: "/", stdio: "pipe" });
  await once(child, "spawn");
  return child;
}

/**
 * The client would register the server's commands under their own names when the server has started. They are
 * registered by commands.ts for as long as the extension lives, so that they can say what to do without a server.
 */
const leaveCommandsToUs: StaticFeature = {
  preInitialize: (capabilities) => delete capabilities.executeCommandProvider,
  fillClientCapabilities: () => undefined,
  initialize: () => undefined,
  getState: () => ({ kind: "static" }),
  clear: () => undefined,
};
