#include "tests/coverage/mapping/recorded_code.h"

#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace branchlight::test {

namespace {

std::string from_hexadecimal(const std::string& digits) {
  std::string bytes;
  for (std::size_t at = 0; at + 1 < digits.size(); at += 2)
    bytes += static_cast<char>(std::stoi(digits.substr(at, 2), nullptr, 16));
  return bytes;
}

}  // namespace

RecordedCode parse_recorded(std::string_view json_line) {
  const auto json = nlohmann::json::parse(json_line);
  RecordedCode recorded{json.at("file"), json.at("interpreter"), json.at("source"), {}, {}, {}};
  for (const auto& opcode : json.at("opcodes"))
    recorded.opcodes.opcodes.push_back({opcode.at(0), opcode.at(1), opcode.at(2)});
  std::uint32_t number = 0;
  for (const auto& code : json.at("codes"))
    recorded.codes.push_back({++number, 1, code.at("first_line"), code.at("name"),
                              from_hexadecimal(code.at("bytecode")), from_hexadecimal(code.at("locations"))});
  for (const auto& marker : json.value("markers", nlohmann::json::array()))
    recorded.markers.push_back({marker.at(0), marker.at(1), marker.at(2), marker.at(3), marker.at(4), 0});
  return recorded;
}

std::vector<RecordedCode> load_recorded(const std::string& path) {
  std::ifstream in(path);
  if (!in) throw std::runtime_error("cannot open " + path);
  std::vector<RecordedCode> all;
  for (std::string line; std::getline(in, line);)
    if (!line.empty()) all.push_back(parse_recorded(line));
  return all;
}

}  // namespace branchlight::test
