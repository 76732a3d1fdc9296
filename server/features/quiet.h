// Where a missing branch is no news.
#pragma once

#include <filesystem>
#include <string_view>

namespace branchlight::features {

// A test of what surrounds the program, which no test of the program can turn: `__name__ == "__main__"`,
// TYPE_CHECKING, sys.version_info, sys.platform, os.name.
bool is_about_surroundings(std::string_view test);

// test_*.py, *_test.py, conftest.py, and everything below a folder `tests`. `path` is relative to the root.
bool is_test_file(const std::filesystem::path& path);

}  // namespace branchlight::features
