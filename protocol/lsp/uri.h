// `file:` URIs and paths. A client's spelling (`%3A`, upper or lower case, symbolic links) is its own: answers carry
// the URI as it came, and only what is derived from it is a path.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace branchlight::lsp {

// None where the URI names no file of this machine (`untitled:`, another host).
std::optional<std::filesystem::path> path_of(std::string_view uri);

std::string uri_of(const std::filesystem::path& path);

}  // namespace branchlight::lsp
