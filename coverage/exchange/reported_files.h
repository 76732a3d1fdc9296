// The files that a report is about, of those that are known and those that configuration names.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "coverage/configuration/settings.h"
#include "coverage/configuration/source_files.h"
#include "coverage/model/evidence.h"

namespace branchlight::exchange {

struct Reported {
  // Of what ran it belongs to the Knowledge, which must not change meanwhile; a file that was never imported, or that
  // [paths] puts together, has one of its own. Its text is known.
  std::shared_ptr<const model::FileKnowledge> file;
  std::filesystem::path path;  // absolute; under which it is shown
  std::string name;            // from the root on, where it lies below it
};

// In the order of their names. Reads files that were never imported from the disk.
std::vector<Reported> reported_files(const std::map<std::string, std::unique_ptr<model::FileKnowledge>>& known,
                                     const configuration::Settings& settings,
                                     const configuration::SourceFiles& sources);

// As one that nothing of has run. None: it cannot be read, or not as Python says that it is encoded.
std::shared_ptr<model::FileKnowledge> never_imported(const std::filesystem::path& path);

}  // namespace branchlight::exchange
