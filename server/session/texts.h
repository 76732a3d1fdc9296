// Where the knowledge of one root finds a file's text, by path and hash: in an open buffer, else on disk or in the
// state (state::Texts).
#pragma once

#include <string>

#include "coverage/model/knowledge.h"
#include "server/documents/documents.h"

namespace branchlight::session {

class Texts : public model::TextSource {
 public:
  Texts(const documents::Documents& documents, model::TextSource& otherwise)
      : documents_(documents), otherwise_(otherwise) {}

  text::SharedText find(const std::string& path, std::uint64_t content_hash) override {
    for (const auto& [uri, document] : documents_.all())
      if (document.text->content_hash() == content_hash) return document.text;
    return otherwise_.find(path, content_hash);
  }

 private:
  const documents::Documents& documents_;
  model::TextSource& otherwise_;
};

}  // namespace branchlight::session
