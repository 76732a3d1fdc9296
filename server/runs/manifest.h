// RUN.json: what `branchlight run` says about a run, before it starts and after it has ended.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace branchlight::runs {

struct Manifest {
  std::string run;  // 32 hexadecimal digits
  std::vector<std::string> argv;
  std::string cwd;
  std::string root;
  std::uint32_t pid = 0;  // of `branchlight run`, which lives as long as the command
  std::uint64_t pid_start = 0;
  std::int64_t started_ns = 0;
  std::optional<std::int64_t> ended_ns;
  std::optional<int> exit;
};

std::filesystem::path manifest_path(const std::filesystem::path& branchlight_dir, const std::string& run);
std::error_code write_manifest(const std::filesystem::path& branchlight_dir, const Manifest& manifest);
// None: there is none, or it cannot be read (a half-written copy, somebody else's file).
std::optional<Manifest> read_manifest(const std::filesystem::path& file);
bool is_run_id(const std::string& text);

}  // namespace branchlight::runs
