// The open buffers, as the client has them. The client's URI is the key, in the client's own spelling; two spellings
// of one file are two buffers, and both find the same path. One thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "coverage/text/source_text.h"

namespace branchlight::documents {

struct Document {
  std::string uri;
  std::filesystem::path path;           // symbolic links resolved; empty: no file of this machine
  std::optional<std::int64_t> version;  // the client's
  std::uint64_t serial = 0;             // ours: no two texts in a session share one
  text::SharedText text;
};

class Documents {
 public:
  // A second open of the same URI replaces the first.
  Document& open(std::string uri, std::filesystem::path path, std::optional<std::int64_t> version, std::string utf8);
  bool close(std::string_view uri);

  Document* find(std::string_view uri);
  const Document* find(std::string_view uri) const;
  const std::map<std::string, Document, std::less<>>& all() const { return documents_; }

  // One edit; those of one message are applied one after the other, each to the text that the one before it left.
  void replace(Document& document, text::ByteRange range, std::string_view with);
  void replace_all(Document& document, std::string utf8);

 private:
  std::map<std::string, Document, std::less<>> documents_;
  std::uint64_t last_serial_ = 0;
};

// The path with its symbolic links resolved as far as it exists.
std::filesystem::path resolved(const std::filesystem::path& path);

}  // namespace branchlight::documents
