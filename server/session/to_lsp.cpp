#include "server/session/to_lsp.h"

#include <optional>

namespace branchlight::session {
namespace {

std::vector<std::uint32_t> from_zero(const std::vector<std::uint32_t>& lines) {
  std::vector<std::uint32_t> result;
  result.reserve(lines.size());
  for (const auto line : lines) result.push_back(line - 1);
  return result;
}

}  // namespace

std::vector<lsp::InlayHint> to_lsp(const std::vector<features::Hint>& hints, const documents::Document& document,
                                   Encoding encoding) {
  std::vector<lsp::InlayHint> result;
  for (const auto& hint : hints) {
    lsp::InlayHint converted{to_lsp(*document.text, hint.offset, encoding), {}, hint.tooltip, true};
    for (const auto& part : hint.parts) {
      lsp::InlayHintLabelPart label{part.text, std::nullopt};
      if (part.target) label.location = lsp::Location{document.uri, to_lsp(*document.text, *part.target, encoding)};
      converted.label.push_back(std::move(label));
    }
    result.push_back(std::move(converted));
  }
  return result;
}

std::vector<lsp::Diagnostic> to_lsp(const std::vector<features::Diagnostic>& diagnostics,
                                    const documents::Document& document, Encoding encoding,
                                    lsp::DiagnosticSeverity severity, bool with_related) {
  std::vector<lsp::Diagnostic> result;
  for (const auto& diagnostic : diagnostics) {
    lsp::Diagnostic converted{to_lsp(*document.text, diagnostic.range, encoding),
                              severity,
                              "partial-branch",
                              "branchlight",
                              diagnostic.message,
                              {}};
    for (const auto& related : diagnostic.related)
      if (with_related)
        converted.relatedInformation.push_back(
            {{document.uri, to_lsp(*document.text, related.range, encoding)}, related.message});
    result.push_back(std::move(converted));
  }
  return result;
}

lsp::CoverageParams to_lsp(const features::LineStates& lines, const documents::Document& document) {
  return {document.uri,
          document.version,
          from_zero(lines.covered),
          from_zero(lines.partial),
          from_zero(lines.missing),
          from_zero(lines.stale)};
}

}  // namespace branchlight::session
