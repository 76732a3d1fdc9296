#include "protocol/lsp/types.h"

namespace branchlight::lsp {
namespace {

const Json* field(const Json& json, const char* name) {
  if (!json.is_object()) return nullptr;
  const auto found = json.find(name);
  return found == json.end() || found->is_null() ? nullptr : &*found;
}

template <class T>
std::optional<T> optional(const Json& json, const char* name) {
  const auto* value = field(json, name);
  return value ? std::optional<T>(value->get<T>()) : std::nullopt;
}

// A flag somewhere below; whatever is not `true` is false, for capabilities are hints and never worth an error.
bool flag(const Json& json, std::initializer_list<const char*> path) {
  const Json* at = &json;
  for (const char* name : path)
    if (!(at = field(*at, name))) return false;
  return at->is_boolean() && at->get<bool>();
}

std::uint32_t coordinate(const Json& json) {
  if (!json.is_number_integer()) throw Json::type_error::create(302, "a coordinate is an integer", &json);
  if (!json.is_number_unsigned() && json.get<std::int64_t>() < 0) return 0;
  const auto value = json.get<std::uint64_t>();
  return value > UINT32_MAX ? UINT32_MAX : static_cast<std::uint32_t>(value);
}

}  // namespace

void from_json(const Json& json, Position& value) {
  value.line = coordinate(json.at("line"));
  value.character = coordinate(json.at("character"));
}
void from_json(const Json& json, Range& value) {
  json.at("start").get_to(value.start);
  json.at("end").get_to(value.end);
}
void from_json(const Json& json, WorkspaceFolder& value) {
  json.at("uri").get_to(value.uri);
  value.name = json.value("name", "");
}
void from_json(const Json& json, ClientCapabilities& value) {
  if (const auto* general = field(json, "general"))
    if (const auto* encodings = field(*general, "positionEncodings"); encodings && encodings->is_array())
      for (const auto& encoding : *encodings) value.utf8_positions |= encoding == "utf-8";
  value.inlay_hint_refresh = flag(json, {"workspace", "inlayHint", "refreshSupport"});
  value.work_done_progress = flag(json, {"window", "workDoneProgress"});
  value.configuration = flag(json, {"workspace", "configuration"});
  value.related_information = flag(json, {"textDocument", "publishDiagnostics", "relatedInformation"});
}
void from_json(const Json& json, InitializeParams& value) {
  if (!json.is_object()) throw Json::type_error::create(302, "params must be an object", &json);
  value.processId = optional<std::int64_t>(json, "processId");
  value.rootUri = optional<std::string>(json, "rootUri");
  value.rootPath = optional<std::string>(json, "rootPath");
  value.workspaceFolders = optional<std::vector<WorkspaceFolder>>(json, "workspaceFolders");
  value.initializationOptions = optional<Json>(json, "initializationOptions");
  if (const auto* capabilities = field(json, "capabilities")) capabilities->get_to(value.capabilities);
}
void from_json(const Json& json, TextDocumentItem& value) {
  json.at("uri").get_to(value.uri);
  value.version = optional<std::int64_t>(json, "version");
  json.at("text").get_to(value.text);
}
void from_json(const Json& json, TextDocumentIdentifier& value) { json.at("uri").get_to(value.uri); }
void from_json(const Json& json, DidOpenTextDocumentParams& value) {
  json.at("textDocument").get_to(value.textDocument);
}
void from_json(const Json& json, TextDocumentContentChangeEvent& value) {
  value.range = optional<Range>(json, "range");
  json.at("text").get_to(value.text);
}
void from_json(const Json& json, VersionedTextDocumentIdentifier& value) {
  json.at("uri").get_to(value.uri);
  value.version = optional<std::int64_t>(json, "version");
}
void from_json(const Json& json, DidChangeTextDocumentParams& value) {
  json.at("textDocument").get_to(value.textDocument);
  json.at("contentChanges").get_to(value.contentChanges);
}
void from_json(const Json& json, DidCloseTextDocumentParams& value) {
  json.at("textDocument").get_to(value.textDocument);
}
void from_json(const Json& json, DidChangeConfigurationParams& value) {
  value.settings = json.value("settings", Json());
}
void from_json(const Json& json, DidChangeWorkspaceFoldersParams& value) {
  const auto& event = json.at("event");
  event.at("added").get_to(value.added);
  event.at("removed").get_to(value.removed);
}
void from_json(const Json& json, InlayHintParams& value) {
  json.at("textDocument").get_to(value.textDocument);
  json.at("range").get_to(value.range);
}
void from_json(const Json& json, ExecuteCommandParams& value) { json.at("command").get_to(value.command); }
void from_json(const Json& json, WorkDoneProgressCancelParams& value) { value.token = json.at("token"); }
void from_json(const Json& json, CancelParams& value) {
  const auto& id = json.at("id");
  if (id.is_string())
    value.id = id.get<std::string>();
  else
    value.id = id.get<std::int64_t>();
}

}  // namespace branchlight::lsp
