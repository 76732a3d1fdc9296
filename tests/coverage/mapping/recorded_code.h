// What record_code.py wrote: a source and the code objects that an interpreter made of it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "coverage/hitlog/reader.h"

namespace branchlight::test {

struct RecordedCode {
  std::string file;
  std::string interpreter;
  std::string source;
  hitlog::OpcodesDefinition opcodes;
  std::vector<hitlog::CodeDefinition> codes;
  std::vector<hitlog::MarkerRecord> markers;  // where the program was rewritten as well
};

// Throws where the line is not what record_code.py writes.
RecordedCode parse_recorded(std::string_view json_line);
// Each line of a file of goldens.
std::vector<RecordedCode> load_recorded(const std::string& path);

}  // namespace branchlight::test
