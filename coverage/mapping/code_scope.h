// Which scope of the text a code object is of. Private to the mapping.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "coverage/hitlog/reader.h"
#include "coverage/syntax/syntax.h"

namespace branchlight::mapping {

// `inside` is an offset that the code object has an instruction at: it tells apart the lambdas of one line.
std::optional<std::uint32_t> find_scope(const hitlog::CodeDefinition& code, const syntax::Syntax& syntax,
                                        std::uint32_t inside);

// Code objects that the text does not write as a scope with statements; empty: there is no such excuse. `written`: the
// text that the code object is of.
std::string_view why_no_scope(std::string_view qualified_name, std::string_view written);

}  // namespace branchlight::mapping
