#include "server/features/quiet.h"

#include <doctest/doctest.h>

using namespace branchlight::features;

TEST_CASE("tests of what surrounds the program are told apart from all others") {
  for (const char* test : {"__name__ == \"__main__\"", "'__main__' == __name__", "TYPE_CHECKING", "not TYPE_CHECKING",
                           "typing.TYPE_CHECKING", "sys.version_info >= (3, 12)", "sys.version_info.major == 3",
                           "sys.platform.startswith('win')", "os.name == 'nt'", "x and sys.platform == 'darwin'"})
    CHECK_MESSAGE(is_about_surroundings(test), test);
  for (const char* test : {"x", "__name__ == 'shop'", "'sys.platform'", "\"TYPE_CHECKING\"", "os.names",
                           "self.os.name_", "cos.name", "name", "TYPE_CHECKING_X", "", "'"})
    CHECK_MESSAGE(!is_about_surroundings(test), test);
}

TEST_CASE("test files are known by their names and folders") {
  for (const char* path : {"test_shop.py", "a/shop_test.py", "conftest.py", "tests/data.py", "a/tests/b/c.py"})
    CHECK_MESSAGE(is_test_file(path), path);
  for (const char* path : {"shop.py", "latest.py", "a/testing.py", "tests.py", "contest/shop.py"})
    CHECK_MESSAGE(!is_test_file(path), path);
}
