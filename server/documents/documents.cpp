#include "server/documents/documents.h"

#include <memory>
#include <system_error>

namespace branchlight::documents {

Document& Documents::open(std::string uri, std::filesystem::path path, std::optional<std::int64_t> version,
                          std::string utf8) {
  Document& document = documents_[uri];
  document.uri = std::move(uri);
  document.path = std::move(path);
  document.version = version;
  replace_all(document, std::move(utf8));
  return document;
}

bool Documents::close(std::string_view uri) {
  const auto found = documents_.find(uri);
  if (found == documents_.end()) return false;
  documents_.erase(found);
  return true;
}

Document* Documents::find(std::string_view uri) {
  const auto found = documents_.find(uri);
  return found == documents_.end() ? nullptr : &found->second;
}

const Document* Documents::find(std::string_view uri) const {
  const auto found = documents_.find(uri);
  return found == documents_.end() ? nullptr : &found->second;
}

void Documents::replace(Document& document, text::ByteRange range, std::string_view with) {
  const auto before = document.text->bytes();
  std::string after;
  after.reserve(before.size() + with.size());
  after.append(before.substr(0, range.begin));
  after.append(with);
  after.append(before.substr(range.end));
  replace_all(document, std::move(after));
}

void Documents::replace_all(Document& document, std::string utf8) {
  document.text = std::make_shared<const text::SourceText>(std::move(utf8));
  document.serial = ++last_serial_;
}

std::filesystem::path resolved(const std::filesystem::path& path) {
  std::error_code problem;
  auto whole = std::filesystem::weakly_canonical(path, problem);
  return problem ? path.lexically_normal() : whole;
}

}  // namespace branchlight::documents
