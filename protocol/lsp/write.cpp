#include "protocol/lsp/own_methods.h"
#include "protocol/lsp/types.h"

namespace branchlight::lsp {
namespace {

template <class T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}

const char* name(StatusParams::State state) {
  switch (state) {
    case StatusParams::State::none: return "none";
    case StatusParams::State::known: return "known";
    case StatusParams::State::running: return "running";
  }
  return "none";
}

}  // namespace

void to_json(Json& json, const Position& value) { json = {{"line", value.line}, {"character", value.character}}; }
void to_json(Json& json, const Range& value) { json = {{"start", value.start}, {"end", value.end}}; }
void to_json(Json& json, const Location& value) { json = {{"uri", value.uri}, {"range", value.range}}; }
void to_json(Json& json, const InlayHintLabelPart& value) {
  json = {{"value", value.value}};
  if (value.location) json["location"] = *value.location;
}
void to_json(Json& json, const InlayHint& value) {
  json = {{"position", value.position}, {"label", value.label}, {"paddingLeft", value.paddingLeft}};
  if (!value.tooltip.empty()) json["tooltip"] = {{"kind", "markdown"}, {"value", value.tooltip}};
}
void to_json(Json& json, const DiagnosticRelatedInformation& value) {
  json = {{"location", value.location}, {"message", value.message}};
}
void to_json(Json& json, const Diagnostic& value) {
  json = {{"range", value.range},
          {"severity", static_cast<int>(value.severity)},
          {"code", value.code},
          {"source", value.source},
          {"message", value.message}};
  if (!value.relatedInformation.empty()) json["relatedInformation"] = value.relatedInformation;
}
void to_json(Json& json, const PublishDiagnosticsParams& value) {
  json = {{"uri", value.uri}, {"diagnostics", value.diagnostics}};
  if (value.version) json["version"] = *value.version;
}
void to_json(Json& json, const ShowMessageParams& value) {
  json = {{"type", static_cast<int>(value.type)}, {"message", value.message}};
}
void to_json(Json& json, const WorkDoneProgressBegin& value) {
  json = {{"kind", "begin"}, {"title", value.title}, {"message", value.message}, {"cancellable", value.cancellable}};
}
void to_json(Json& json, const WorkDoneProgressReport& value) {
  json = {{"kind", "report"}, {"message", value.message}};
}
void to_json(Json& json, const WorkDoneProgressEnd& value) { json = {{"kind", "end"}, {"message", value.message}}; }

void to_json(Json& json, const CoverageParams& value) {
  json = {{"uri", value.uri},         {"version", or_null(value.version)}, {"covered", value.covered},
          {"partial", value.partial}, {"missing", value.missing},          {"stale", value.stale}};
}
void to_json(Json& json, const StatusParams& value) {
  json = {{"state", name(value.state)},
          {"text", value.text},
          {"arms", {{"taken", value.arms.taken}, {"total", value.arms.total}}},
          {"partial", value.partial},
          {"imported", value.imported},
          {"tests",
           {{"passed", value.tests.passed}, {"failed", value.tests.failed}, {"total", or_null(value.tests.total)}}},
          {"run", or_null(value.run)}};
}

}  // namespace branchlight::lsp
