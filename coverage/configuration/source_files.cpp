#include "coverage/configuration/source_files.h"

#include <algorithm>

namespace branchlight::configuration {
namespace {

namespace fs = std::filesystem;

bool is_folder(const fs::path& path) {
  std::error_code error;
  return fs::is_directory(path, error);
}

bool is_file(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path, error);
}

bool is_or_is_below(const fs::path& path, const fs::path& tree) {
  const auto [end, ignored] = std::mismatch(tree.begin(), tree.end(), path.begin(), path.end());
  return end == tree.end();
}

// "a.b.c", of a/b/c.py or a/b/c/__init__.py, where a and b are packages.
std::string module_name(const fs::path& path) {
  std::string name = path.stem().string();
  auto folder = path.parent_path();
  if (name == "__init__") {
    name = folder.filename().string();
    folder = folder.parent_path();
  }
  for (; is_file(folder / "__init__.py"); folder = folder.parent_path()) name = folder.filename().string() + "." + name;
  return name;
}

bool is_or_is_in(const std::string& module, const std::string& package) {
  return module == package || module.starts_with(package + ".");
}

// Editors leave files with such names behind.
bool is_importable(const fs::path& file) {
  const auto kind = file.extension();
  if (kind != ".py" && kind != ".pyw") return false;
  const auto stem = file.stem().string();
  return !stem.empty() && stem.find_first_of(".#~!$@%^&*()+=,") == std::string::npos;
}

void find_importable(const fs::path& top, bool namespace_packages, std::vector<fs::path>& to) {
  std::error_code problem;
  for (fs::recursive_directory_iterator at(top, fs::directory_options::skip_permission_denied, problem), end;
       !problem && at != end; at.increment(problem)) {
    std::error_code ignored;
    if (at->is_directory(ignored)) {
      const bool leads_on =
          namespace_packages ? !is_file(at->path() / "pyvenv.cfg") : is_file(at->path() / "__init__.py");
      if (!leads_on || at->is_symlink(ignored)) at.disable_recursion_pending();
    } else if (is_importable(at->path())) {
      to.push_back(canonical(at->path(), top));
    }
  }
}

}  // namespace

SourceFiles::SourceFiles(const Settings& settings)
    : root_(canonical(".", settings.root)),
      relative_files_(settings.relative_files),
      namespace_packages_(settings.include_namespace_packages),
      run_include_(settings.run_include, root_, problems_),
      run_omit_(settings.run_omit, root_, problems_),
      report_include_(settings.report_include, root_, problems_),
      report_omit_(settings.report_omit, root_, problems_),
      aliases_(settings.paths, root_, problems_) {
  limited_ = !settings.source.empty() || !settings.source_dirs.empty() || !settings.source_pkgs.empty();
  for (const auto& name : settings.source_pkgs) add_package(name);
  for (const auto& folder : settings.source_dirs) {
    if (is_folder(root_ / folder))
      folders_.push_back(canonical(folder, root_));
    else
      problems_.push_back("[run] source_dirs names a folder that does not exist: " + folder);
  }
  for (const auto& name : settings.source) {
    if (is_folder(root_ / name))
      folders_.push_back(canonical(name, root_));
    else
      add_package(name);
  }
  if (limited_ && !run_include_.empty())
    problems_.emplace_back("[run] include is ignored, because [run] source is set");
}

// Below the root, or one folder further down: src/, lib/, python/.
void SourceFiles::add_package(const std::string& name) {
  packages_.push_back(name);
  fs::path relative;
  for (std::size_t at = 0; at <= name.size();) {
    const auto dot = std::min(name.find('.', at), name.size());
    relative /= name.substr(at, dot - at);
    at = dot + 1;
  }
  std::vector<fs::path> bases{root_, root_ / "src"};
  std::error_code problem;
  for (fs::directory_iterator at(root_, problem), end; !problem && at != end; at.increment(problem)) {
    const bool hidden = at->path().filename().string().starts_with('.');
    if (!hidden && is_folder(at->path()) && !is_file(at->path() / "pyvenv.cfg")) bases.push_back(at->path());
  }
  std::sort(bases.begin() + 2, bases.end());
  for (const auto& base : bases) {
    for (const auto& place : {base / relative, fs::path(base / relative).concat(".py")}) {
      const bool there = place.extension() == ".py" ? is_file(place) : is_folder(place);
      if (there) return package_places_.push_back(canonical(place, root_));
    }
  }
}

bool SourceFiles::in_source(const fs::path& path) const {
  const auto holds = [&](const fs::path& tree) { return is_or_is_below(path, tree); };
  if (std::ranges::any_of(folders_, holds) || std::ranges::any_of(package_places_, holds)) return true;
  if (packages_.empty()) return false;
  const auto module = module_name(path);
  return std::ranges::any_of(packages_, [&](const std::string& package) { return is_or_is_in(module, package); });
}

bool SourceFiles::counts(const fs::path& path) const {
  const std::string text = path.string();
  if (limited_ ? !in_source(path) : !run_include_.empty() && !run_include_.match(text)) return false;
  if (run_omit_.match(text)) return false;
  const auto shown = shown_as(path);
  const std::string name =
      relative_files_ && is_or_is_below(shown, root_) ? shown.lexically_relative(root_).string() : shown.string();
  return (report_include_.empty() || report_include_.match(name)) && !report_omit_.match(name);
}

fs::path SourceFiles::shown_as(const fs::path& path) const { return aliases_.map(path).value_or(path); }

std::vector<fs::path> SourceFiles::importable(const std::function<bool(const fs::path&)>& ran) const {
  std::vector<fs::path> result;
  for (const auto& folder : folders_) find_importable(folder, namespace_packages_, result);
  for (const auto& place : package_places_) {
    if (is_folder(place) && ran(place / "__init__.py")) find_importable(place, namespace_packages_, result);
  }
  std::ranges::sort(result);
  const auto repeated = std::ranges::unique(result);
  result.erase(repeated.begin(), repeated.end());
  std::erase_if(result, [&](const fs::path& path) { return !counts(path); });
  return result;
}

}  // namespace branchlight::configuration
