// A `.branchlight` folder whose logs and manifests a test writes by hand.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "server/runs/manifest.h"
#include "server/runs/process.h"
#include "tests/coverage/hitlog/log_builder.h"
#include "tests/server/scratch_folder.h"

namespace branchlight::test {

// A process id that nobody has: of a child that has ended and was waited for.
inline std::uint32_t dead_process() {
  const auto outcome =
      runs::capture({"sh", "-c", "echo $$"}, runs::current_environment(), "/", std::chrono::seconds(10));
  return static_cast<std::uint32_t>(std::stoul(std::get<runs::Captured>(outcome).output));
}

class RunFolder {
 public:
  RunFolder() { std::filesystem::create_directories(folder_.path() / "runs"); }

  const std::filesystem::path& path() const { return folder_.path(); }
  const ScratchFolder& files() const { return folder_; }

  static std::string run_id(char digit) { return std::string(32, digit); }

  // The header of a process that lives (ours) and goes on writing, or of one that is gone.
  static hitlog::Header header(bool alive) {
    hitlog::Header header = sound_header();
    header.state = hitlog::LogState::recording;
    header.process_start = alive ? runs::process_start(header.process_id).value() : 1;
    if (!alive) header.process_id = dead_process();
    header.created = static_cast<std::uint64_t>(runs::now_ns());
    return header;
  }

  std::string log(const std::string& run, const LogBuilder& content, int number = 1) const {
    const std::string name = run + "-" + std::to_string(number) + "-ab.hits";
    folder_.write("runs/" + name, content.bytes());
    return name;
  }

  // Of a command that lives as long as this test, or that has ended with `exit`.
  void manifest(const std::string& run, std::optional<int> exit, std::int64_t started_ns = 5,
                std::int64_t ended_ns = 0) const {
    runs::Manifest content;
    content.run = run;
    content.argv = {"pytest"};
    content.cwd = content.root = "/w";
    content.pid = runs::process_id();
    content.pid_start = runs::process_start(content.pid).value();
    content.started_ns = started_ns;
    content.exit = exit;
    if (exit) content.ended_ns = ended_ns != 0 ? ended_ns : runs::now_ns();
    runs::write_manifest(folder_.path(), content);
  }

 private:
  ScratchFolder folder_;
};

}  // namespace branchlight::test
