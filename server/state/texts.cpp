#include "server/state/texts.h"

#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <utility>
#include <vector>

namespace branchlight::state {
namespace {

// No source text is larger; reading on would only be a way to be stopped.
constexpr std::uintmax_t largest_text = 64 * 1024 * 1024;

}  // namespace

std::optional<std::string> read_text_file(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error) || std::filesystem::file_size(path, error) > largest_text || error)
    return std::nullopt;
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return std::nullopt;
  std::ostringstream bytes;
  bytes << stream.rdbuf();
  return std::move(bytes).str();
}

text::SharedText Texts::find(const std::string& path, std::uint64_t content_hash) {
  if (text::SharedText known = known_[content_hash].lock()) return known;
  text::SharedText found;
  if (const auto bytes = read_text_file(path)) {
    if (auto text = text::SourceText::from_file_bytes(*bytes); text && text->content_hash() == content_hash) {
      store_.remember_file(content_hash, *bytes);
      found = std::make_shared<const text::SourceText>(std::move(*text));
    }
  }
  if (!found) found = store_.text(content_hash);
  if (found) known_[content_hash] = found;
  return found;
}

void Texts::keep(const std::unordered_map<std::uint64_t, std::string>& path_by_content_hash) {
  std::vector<std::uint64_t> hashes;
  hashes.reserve(path_by_content_hash.size());
  for (const auto& [hash, path] : path_by_content_hash) hashes.push_back(hash);
  store_.remember_files(hashes, [&](std::uint64_t hash) {
    auto bytes = read_text_file(path_by_content_hash.at(hash));
    if (bytes && text::content_hash(*bytes) != hash) bytes.reset();
    return bytes;
  });
}

}  // namespace branchlight::state
