// What ran once for several tests, in one log: fixtures, and imports, which have the number 0. While a part is open it
// notes what is taken, beside the owner whose hits these are; whoever else it belongs to is given that later. Private
// to the model.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <unordered_map>
#include <vector>

#include "coverage/model/evidence.h"

namespace branchlight::model {

class SharedParts {
 public:
  using ByFile = std::map<std::uint32_t, Evidence>;  // by the log's number of the file
  using Give = std::function<void(const ByFile&, const Owner&)>;

  void begin(std::uint32_t part);
  // Does nothing unless this is the innermost one that is open. Its evidence goes to the tests that have used it, which
  // have ended where this was its teardown; that of an import to the command.
  void end(std::uint32_t part, const Owner& command, const Give& give);
  void end_all(const Owner& command, const Give& give);
  // Its evidence so far goes to the test; what comes later, when it ends.
  void use(std::uint32_t part, const Owner& test, const Give& give);

  // Each hit comes by here, and mostly nothing is open.
  void take_line(std::uint32_t file, std::uint32_t line) {
    for (const std::uint32_t part : open_) parts_[part].evidence[file].lines.insert(line);
  }
  void take_arm(std::uint32_t file, mapping::ArmRef arm) {
    for (const std::uint32_t part : open_) parts_[part].evidence[file].arms.insert(arm);
  }
  void take_scope(std::uint32_t file, std::uint32_t scope) {
    for (const std::uint32_t part : open_) parts_[part].evidence[file].scopes.insert(scope);
  }
  // All evidence. Parts that are open stay so.
  void forget() { parts_.clear(); }

 private:
  struct Part {
    ByFile evidence;
    std::set<SharedName> users;  // tests
  };
  void end_innermost(const Owner& command, const Give& give);

  std::unordered_map<std::uint32_t, Part> parts_;
  std::vector<std::uint32_t> open_;  // that have begun and not ended, the outermost first
};

}  // namespace branchlight::model
