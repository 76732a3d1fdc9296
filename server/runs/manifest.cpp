#include "server/runs/manifest.h"

#include <fstream>
#include <nlohmann/json.hpp>

#include "server/runs/process.h"

namespace branchlight::runs {

using nlohmann::json;

std::filesystem::path manifest_path(const std::filesystem::path& branchlight_dir, const std::string& run) {
  return branchlight_dir / "runs" / (run + ".json");
}

std::error_code write_manifest(const std::filesystem::path& branchlight_dir, const Manifest& manifest) {
  json content = {{"run", manifest.run},
                  {"argv", manifest.argv},
                  {"cwd", manifest.cwd},
                  {"root", manifest.root},
                  {"pid", manifest.pid},
                  {"pid_start", manifest.pid_start},
                  {"started_ns", manifest.started_ns}};
  if (manifest.ended_ns) content["ended_ns"] = *manifest.ended_ns;
  if (manifest.exit) content["exit"] = *manifest.exit;
  // File names are bytes: what is not UTF-8 is replaced rather than an error.
  return write_atomically(manifest_path(branchlight_dir, manifest.run),
                          content.dump(1, ' ', false, json::error_handler_t::replace) + "\n");
}

std::optional<Manifest> read_manifest(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  const json content = json::parse(stream, nullptr, false);
  if (!content.is_object()) return std::nullopt;
  try {
    Manifest manifest;
    manifest.run = content.at("run").get<std::string>();
    manifest.argv = content.at("argv").get<std::vector<std::string>>();
    manifest.cwd = content.value("cwd", "");
    manifest.root = content.value("root", "");
    manifest.pid = content.at("pid").get<std::uint32_t>();
    manifest.pid_start = content.at("pid_start").get<std::uint64_t>();
    manifest.started_ns = content.at("started_ns").get<std::int64_t>();
    if (content.contains("ended_ns")) manifest.ended_ns = content["ended_ns"].get<std::int64_t>();
    if (content.contains("exit")) manifest.exit = content["exit"].get<int>();
    if (!is_run_id(manifest.run)) return std::nullopt;
    return manifest;
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

bool is_run_id(const std::string& text) {
  return text.size() == 32 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

}  // namespace branchlight::runs
