#include "coverage/exchange/reported_files.h"

#include <algorithm>

#include "coverage/configuration/ini_file.h"

namespace branchlight::exchange {
namespace {

namespace fs = std::filesystem;

using model::FileKnowledge;
using ByPath = std::map<fs::path, std::shared_ptr<const FileKnowledge>>;

std::string name_of(const fs::path& path, const fs::path& root) {
  const auto relative = path.lexically_relative(root);
  return relative.empty() || *relative.begin() == ".." ? path.string() : relative.string();
}

// Under the name of another file: with that one's evidence, where both are the same text.
std::shared_ptr<const FileKnowledge> put_together(const FileKnowledge& file, const fs::path& as,
                                                  const FileKnowledge* already) {
  auto result = std::make_shared<FileKnowledge>(file);
  result->path = as.string();
  if (already == nullptr) return result;
  for (const auto& [owner, evidence] : already->settled) result->settled[owner].add(evidence);
  for (const auto& [run, owners] : already->running)
    for (const auto& [owner, evidence] : owners) result->running[run][owner].add(evidence);
  // An arm is absent where no compiled code has it.
  for (const auto& arm : file.absent)
    if (!already->absent.contains(arm)) result->absent.erase(arm);
  return result;
}

bool same_text(const FileKnowledge& a, const FileKnowledge& b) {
  return a.syntax->text->content_hash() == b.syntax->text->content_hash();
}

// What coverage.py measured, where a run of ours has measured the other.
bool gives_way(const FileKnowledge& file, const FileKnowledge& to) { return file.imported && !to.imported; }

}  // namespace

std::shared_ptr<FileKnowledge> never_imported(const fs::path& path) {
  const auto bytes = configuration::read_file(path);
  auto text = bytes ? text::SourceText::from_file_bytes(*bytes) : std::nullopt;
  if (!text) return nullptr;
  auto file = std::make_shared<FileKnowledge>();
  file->path = path.string();
  file->syntax = syntax::parse(std::make_shared<const text::SourceText>(std::move(*text)));
  return file;
}

std::vector<Reported> reported_files(const std::map<std::string, std::unique_ptr<FileKnowledge>>& known,
                                     const configuration::Settings& settings,
                                     const configuration::SourceFiles& sources) {
  ByPath ran, shown;
  bool since_3_14 = false;
  for (const auto& [path, file] : known) {
    std::error_code error;
    if (!file->syntax || !fs::exists(path, error)) continue;
    since_3_14 = since_3_14 || file->since_3_14;
    // Not owned: the Knowledge outlives the report.
    ran.emplace(configuration::canonical(path, settings.root),
                std::shared_ptr<const FileKnowledge>(std::shared_ptr<void>(), file.get()));
  }
  const auto own_first = [&](bool own) {
    for (const auto& [path, file] : ran) {
      if (!sources.counts(path)) continue;
      const auto as = sources.shown_as(path);
      if ((as == path) != own) continue;
      auto& slot = shown[as];
      if (own)
        slot = file;
      else if (!slot || gives_way(*slot, *file))
        slot = put_together(*file, as, nullptr);
      else if (same_text(*slot, *file) && !gives_way(*file, *slot))
        slot = put_together(*file, as, slot.get());
    }
  };
  own_first(true);
  own_first(false);
  for (const auto& path : sources.importable([&](const fs::path& file) { return ran.contains(file); })) {
    if (shown.contains(path)) continue;
    auto file = never_imported(path);
    if (!file) continue;
    file->since_3_14 = since_3_14;
    shown.emplace(path, std::move(file));
  }

  const auto root = configuration::canonical(".", settings.root);
  std::vector<Reported> result;
  for (const auto& [path, file] : shown) result.push_back({file, path, name_of(path, root)});
  std::ranges::sort(result, {}, &Reported::name);
  return result;
}

}  // namespace branchlight::exchange
