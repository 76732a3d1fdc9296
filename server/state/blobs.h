// Evidence as bytes: sorted numbers, each as its distance to the one before, seven bits a byte.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "coverage/model/evidence.h"

namespace branchlight::state {

using Arms = decltype(model::Evidence::arms);

std::string to_blob(const model::Evidence& evidence);
std::string to_blob(const Arms& arms);
// None: the bytes are damaged, or name what the syntax does not have.
std::optional<model::Evidence> evidence_from_blob(std::string_view bytes, const syntax::Syntax& syntax);
std::optional<Arms> arms_from_blob(std::string_view bytes, const syntax::Syntax& syntax);

// Changes where the numbers of sites and scopes would mean something else: another text, another parser.
std::uint64_t fingerprint(const syntax::Syntax& syntax);

}  // namespace branchlight::state
