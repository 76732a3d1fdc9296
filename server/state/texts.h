// Finds texts by path and hash: on disk where the file is as the run saw it, else in the state. What is found on disk
// is remembered at once, so that a file that is edited during a run can still be shown.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "coverage/model/knowledge.h"
#include "server/state/store.h"

namespace branchlight::state {

// The bytes of a regular file. None: it is none, cannot be read, or is larger than any source text.
std::optional<std::string> read_text_file(const std::filesystem::path& path);

class Texts : public model::TextSource {
 public:
  explicit Texts(Store& store) : store_(store) {}
  text::SharedText find(const std::string& path, std::uint64_t content_hash) override;
  // Remembers the texts of these files without giving them.
  void keep(const std::unordered_map<std::uint64_t, std::string>& path_by_content_hash);

 private:
  Store& store_;
  // Many processes of a run name the same files.
  std::unordered_map<std::uint64_t, std::weak_ptr<const text::SourceText>> known_;
};

}  // namespace branchlight::state
