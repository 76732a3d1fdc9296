// Where lines of an older version of a document are now. The server may be an edit or two behind, and says nothing when
// an edit changes no mark; so what it said last is moved with the text, and never drawn on another line.
import * as vscode from "vscode";

interface Change {
  /** The version that the change led to. */
  version: number;
  change: vscode.TextDocumentContentChangeEvent;
}

export class LineMoves implements vscode.Disposable {
  private readonly changes = new Map<string, Change[]>();
  private readonly listeners = [
    vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      if (document.languageId === "python") {
        const key = document.uri.toString();
        const made = contentChanges.filter(movesLines).map((change) => ({ version: document.version, change }));
        this.changes.set(key, [...(this.changes.get(key) ?? []), ...made]);
      }
    }),
    vscode.workspace.onDidCloseTextDocument((document) => this.changes.delete(document.uri.toString())),
  ];

  /** The lines of `version` in the document as it is now, without those that are gone. Versions before are forgotten. */
  since(version: number | null, document: vscode.TextDocument, lines: number[]): number[] {
    const key = document.uri.toString();
    const later = (this.changes.get(key) ?? []).filter((change) => version !== null && change.version > version);
    this.changes.set(key, later);
    return lines.flatMap((line) => {
      const now = later.reduce<number | undefined>(
        (at, { change }) => (at === undefined ? undefined : moved(at, change)),
        line,
      );
      return now === undefined ? [] : [now];
    });
  }

  dispose(): void {
    vscode.Disposable.from(...this.listeners).dispose();
  }
}

function movesLines({ range, text }: vscode.TextDocumentContentChangeEvent): boolean {
  return !range.isSingleLine || text.includes("\n");
}

function moved(line: number, { range, text }: vscode.TextDocumentContentChangeEvent): number | undefined {
  const added = text.split("\n").length - 1;
  const { start, end } = range;
  if (line > end.line) {
    return line + added - (end.line - start.line);
  }
  const wholeLinesBefore = start.character === 0 && end.character === 0;
  if (line === end.line && (end.line > start.line || wholeLinesBefore)) {
    return start.line + added;
  }
  return line <= start.line ? line : undefined;
}
