// The part of the Language Server Protocol (3.17) that we speak. Names are the wire's own, so that the specification
// can be read beside this file; a field that we do not use is not here. Reading throws Json exceptions on a wrong
// shape: the session turns those into InvalidParams.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocol/jsonrpc/message.h"

namespace branchlight::lsp {

using jsonrpc::Json;

// From 0; `character` counts units of the negotiated encoding.
struct Position {
  std::uint32_t line = 0;
  std::uint32_t character = 0;
  friend auto operator<=>(const Position&, const Position&) = default;
};
struct Range {
  Position start, end;
  friend bool operator==(const Range&, const Range&) = default;
};
struct Location {
  std::string uri;
  Range range;
};

// ---- What a client says.

struct WorkspaceFolder {
  std::string uri, name;
};
struct ClientCapabilities {
  bool utf8_positions = false;       // general.positionEncodings
  bool inlay_hint_refresh = false;   // workspace.inlayHint.refreshSupport
  bool work_done_progress = false;   // window.workDoneProgress
  bool configuration = false;        // workspace.configuration
  bool related_information = false;  // textDocument.publishDiagnostics.relatedInformation
};
struct InitializeParams {
  std::optional<std::int64_t> processId;
  std::optional<std::string> rootUri;
  std::optional<std::string> rootPath;
  std::optional<std::vector<WorkspaceFolder>> workspaceFolders;
  std::optional<Json> initializationOptions;
  ClientCapabilities capabilities;
};

struct TextDocumentItem {
  std::string uri;
  std::optional<std::int64_t> version;
  std::string text;
};
struct TextDocumentIdentifier {
  std::string uri;
};
struct DidOpenTextDocumentParams {
  TextDocumentItem textDocument;
};
struct TextDocumentContentChangeEvent {
  std::optional<Range> range;  // none: the whole text
  std::string text;
};
struct VersionedTextDocumentIdentifier {
  std::string uri;
  std::optional<std::int64_t> version;
};
struct DidChangeTextDocumentParams {
  VersionedTextDocumentIdentifier textDocument;
  std::vector<TextDocumentContentChangeEvent> contentChanges;
};
struct DidCloseTextDocumentParams {
  TextDocumentIdentifier textDocument;
};
struct DidChangeConfigurationParams {
  Json settings;
};
struct DidChangeWorkspaceFoldersParams {
  std::vector<WorkspaceFolder> added, removed;
};
struct InlayHintParams {
  TextDocumentIdentifier textDocument;
  Range range;
};
struct ExecuteCommandParams {
  std::string command;
};
struct WorkDoneProgressCancelParams {
  Json token;
};
struct CancelParams {
  jsonrpc::Id id;
};

void from_json(const Json& json, Position& value);
void from_json(const Json& json, Range& value);
void from_json(const Json& json, WorkspaceFolder& value);
void from_json(const Json& json, ClientCapabilities& value);
void from_json(const Json& json, InitializeParams& value);
void from_json(const Json& json, TextDocumentItem& value);
void from_json(const Json& json, TextDocumentIdentifier& value);
void from_json(const Json& json, DidOpenTextDocumentParams& value);
void from_json(const Json& json, TextDocumentContentChangeEvent& value);
void from_json(const Json& json, VersionedTextDocumentIdentifier& value);
void from_json(const Json& json, DidChangeTextDocumentParams& value);
void from_json(const Json& json, DidCloseTextDocumentParams& value);
void from_json(const Json& json, DidChangeConfigurationParams& value);
void from_json(const Json& json, DidChangeWorkspaceFoldersParams& value);
void from_json(const Json& json, InlayHintParams& value);
void from_json(const Json& json, ExecuteCommandParams& value);
void from_json(const Json& json, WorkDoneProgressCancelParams& value);
void from_json(const Json& json, CancelParams& value);

// ---- What we say.

struct InlayHintLabelPart {
  std::string value;
  std::optional<Location> location;
};
struct InlayHint {
  Position position;
  std::vector<InlayHintLabelPart> label;
  std::string tooltip;  // Markdown; empty: none
  bool paddingLeft = false;
};

enum class DiagnosticSeverity : int { error = 1, warning = 2, information = 3, hint = 4 };
struct DiagnosticRelatedInformation {
  Location location;
  std::string message;
};
struct Diagnostic {
  Range range;
  DiagnosticSeverity severity{};
  std::string code, source, message;
  std::vector<DiagnosticRelatedInformation> relatedInformation;
};
struct PublishDiagnosticsParams {
  std::string uri;
  std::optional<std::int64_t> version;
  std::vector<Diagnostic> diagnostics;
};

enum class MessageType : int { error = 1, warning = 2, info = 3, log = 4 };
struct ShowMessageParams {
  MessageType type{};
  std::string message;
};

struct WorkDoneProgressBegin {
  std::string title, message;
  bool cancellable = false;
};
struct WorkDoneProgressReport {
  std::string message;
};
struct WorkDoneProgressEnd {
  std::string message;
};

void to_json(Json& json, const Position& value);
void to_json(Json& json, const Range& value);
void to_json(Json& json, const Location& value);
void to_json(Json& json, const InlayHintLabelPart& value);
void to_json(Json& json, const InlayHint& value);
void to_json(Json& json, const DiagnosticRelatedInformation& value);
void to_json(Json& json, const Diagnostic& value);
void to_json(Json& json, const PublishDiagnosticsParams& value);
void to_json(Json& json, const ShowMessageParams& value);
void to_json(Json& json, const WorkDoneProgressBegin& value);
void to_json(Json& json, const WorkDoneProgressReport& value);
void to_json(Json& json, const WorkDoneProgressEnd& value);

}  // namespace branchlight::lsp
