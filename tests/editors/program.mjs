// A Python program under `branchlight run` that does one step when told to, so that a test can look at the editor
// between two steps while the program is alive.
import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import readline from "node:readline";

const here = import.meta.dirname;
export const root = path.resolve(here, "../..");
export const branchlight = process.env.BRANCHLIGHT ?? path.join(root, "build/release/server/branchlight");
export const python = process.env.PYTHON ?? path.join(root, ".deps/venv-3.14/bin/python");

/** A copy of the example workspace in a folder of its own. */
export function makeWorkspace() {
  const scratch = mkdtempSync(path.join(tmpdir(), "branchlight-editors-"));
  const workspace = path.join(scratch, "shop");
  cpSync(path.join(here, "workspace"), workspace, { recursive: true });
  const remove = () => rmSync(scratch, { recursive: true, force: true, maxRetries: 5 });
  return { scratch, workspace, remove };
}

export class Program {
  constructor(workspace, env = process.env) {
    this.child = spawn(branchlight, ["run", "--python", python, "--", "live.py"], {
      cwd: workspace,
      env,
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.ended = new Promise((resume) => this.child.on("exit", resume));
    this.answers = readline.createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
  }

  get alive() {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Does a step and returns the time from just before it, in milliseconds since the epoch. */
  async step(line) {
    this.child.stdin.write(`${line}\n`);
    const { value, done } = await this.answers.next();
    if (done) {
      throw new Error(`the program ended during the step: ${line}`);
    }
    return Number(value) / 1e6;
  }

  async end() {
    this.child.stdin.end();
    return this.ended;
  }

  kill() {
    this.child.kill("SIGKILL");
  }
}
