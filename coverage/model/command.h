// The owner of what runs outside of tests: a command, as a person would read it.
#pragma once

#include <string>
#include <string_view>

#include "coverage/model/evidence.h"

namespace branchlight::model {

// From the JSON of a log's `process` record. The same command in the same folder is the same owner in every run.
Owner command_owner(std::string_view process_json);

}  // namespace branchlight::model
