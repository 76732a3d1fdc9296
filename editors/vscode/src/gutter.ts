// Marks beside the lines, from the notification branchlight/coverage. Off unless asked for: VS Code draws an extension's
// gutter icons where its breakpoints are. Bars stay out of there. Shapes differ, not only colours.
import * as vscode from "vscode";
import type { Server } from "./server";

const kinds = ["covered", "partial", "missing", "stale"] as const;
type Kind = (typeof kinds)[number];

/** The notification branchlight/coverage: zero-based lines of one version of an open document. */
type Coverage = { uri: string; version: number | null } & Record<Kind, number[]>;

type Style = "off" | "bars" | "icons";

export class Gutter implements vscode.Disposable {
  private readonly listeners: vscode.Disposable[];
  private readonly coverage = new Map<string, Coverage>();
  private decorations: Partial<Record<Kind, vscode.TextEditorDecorationType>> = {};

  constructor(
    server: Server,
    private readonly extension: vscode.Uri,
  ) {
    this.listeners = [
      server.client.onNotification("branchlight/coverage", (coverage: Coverage) => {
        this.coverage.set(vscode.Uri.parse(coverage.uri).toString(), coverage);
        this.drawAll();
      }),
      server.onDidChangeState(() => {
        if (!server.running) {
          this.coverage.clear();
          this.drawAll();
        }
      }),
      vscode.workspace.onDidCloseTextDocument((document) => this.coverage.delete(document.uri.toString())),
      vscode.window.onDidChangeVisibleTextEditors(() => this.drawAll()),
      vscode.workspace.onDidChangeConfiguration((change) => {
        if (change.affectsConfiguration("branchlight.gutter")) {
          this.restyle();
        }
      }),
    ];
    this.restyle();
  }

  dispose(): void {
    this.undraw();
    vscode.Disposable.from(...this.listeners).dispose();
  }

  private restyle(): void {
    this.undraw();
    const style = vscode.workspace.getConfiguration("branchlight").get<Style>("gutter", "off");
    if (style !== "off") {
      for (const kind of kinds) {
        this.decorations[kind] = vscode.window.createTextEditorDecorationType(
          style === "bars" ? bar(kind) : icon(kind, this.extension),
        );
      }
    }
    this.drawAll();
  }

  private undraw(): void {
    for (const decoration of Object.values(this.decorations)) {
      decoration.dispose();
    }
    this.decorations = {};
  }

  private drawAll(): void {
    for (const editor of vscode.window.visibleTextEditors) {
      this.draw(editor);
    }
  }

  // Lines of an older version would stand at wrong ones. What is drawn stays, for VS Code moves it with the text, and
  // those of the version now are on their way.
  private draw(editor: vscode.TextEditor): void {
    const coverage = this.coverage.get(editor.document.uri.toString());
    if (typeof coverage?.version === "number" && coverage.version !== editor.document.version) {
      return;
    }
    for (const kind of kinds) {
      const decoration = this.decorations[kind];
      if (decoration !== undefined) {
        const lines = coverage?.[kind] ?? [];
        editor.setDecorations(
          decoration,
          lines.map((line) => new vscode.Range(line, 0, line, 0)),
        );
      }
    }
  }
}

const borderStyles: Record<Kind, string> = { covered: "solid", partial: "double", missing: "dotted", stale: "dashed" };

function bar(kind: Kind): vscode.DecorationRenderOptions {
  return {
    isWholeLine: true,
    borderWidth: "0 0 0 3px",
    borderStyle: borderStyles[kind],
    borderColor: new vscode.ThemeColor(`branchlight.${kind}`),
  };
}

function icon(kind: Kind, extension: vscode.Uri): vscode.DecorationRenderOptions {
  return {
    gutterIconPath: vscode.Uri.joinPath(extension, "images", "gutter", `${kind}.svg`),
    gutterIconSize: "75%",
  };
}
