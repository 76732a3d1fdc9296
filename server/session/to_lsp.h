// Features' plain structs as LSP has them: byte positions become the client's, and each gets the document's URI.
#pragma once

#include <string>
#include <vector>

#include "protocol/lsp/own_methods.h"
#include "protocol/lsp/types.h"
#include "server/documents/documents.h"
#include "server/features/diagnostics.h"
#include "server/features/inlay_hints.h"
#include "server/features/line_states.h"
#include "server/session/encoding.h"

namespace branchlight::session {

std::vector<lsp::InlayHint> to_lsp(const std::vector<features::Hint>& hints, const documents::Document& document,
                                   Encoding encoding);

std::vector<lsp::Diagnostic> to_lsp(const std::vector<features::Diagnostic>& diagnostics,
                                    const documents::Document& document, Encoding encoding,
                                    lsp::DiagnosticSeverity severity, bool with_related);

lsp::CoverageParams to_lsp(const features::LineStates& lines, const documents::Document& document);

}  // namespace branchlight::session
