// Each target on its seeds, on what once broke it, and on seeds with random damage: what every `./dev test` does of
// `./dev fuzz`, with any compiler.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <vector>

#include "tests/fuzz/targets.h"

using namespace branchlight;

namespace {

using Bytes = std::vector<std::uint8_t>;
using Random = std::mt19937;

std::vector<Bytes> seeds(const std::string& folder) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(fuzz::corpus + folder)) paths.push_back(entry.path());
  std::ranges::sort(paths);  // so that a failure comes again
  std::vector<Bytes> all;
  for (const auto& path : paths) {
    std::ifstream stream(path, std::ios::binary);
    all.emplace_back(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
  }
  return all;
}

std::size_t below(Random& random, std::size_t limit) { return limit == 0 ? 0 : random() % limit; }

// Records are words, so most damage is done to words: taken out, doubled, exchanged, or one byte of them changed.
void damage(Bytes& bytes, const Bytes& other, Random& random) {
  const std::size_t at = below(random, bytes.size() + 1) / 8 * 8;
  const std::size_t length = std::min(bytes.size() - at, 8 * (1 + below(random, 40)));
  const auto begin = bytes.begin() + static_cast<std::ptrdiff_t>(at);
  const auto end = begin + static_cast<std::ptrdiff_t>(length);
  switch (random() % 6) {
    case 0: bytes.erase(begin, end); break;
    case 1: {
      const Bytes copy(begin, end);
      const auto to = static_cast<std::ptrdiff_t>(below(random, bytes.size() + 1) / 8 * 8);
      bytes.insert(bytes.begin() + to, copy.begin(), copy.end());
      break;
    }
    case 2: {
      const std::size_t from = below(random, other.size() + 1) / 8 * 8;
      const std::size_t many = std::min(other.size() - from, 8 * (1 + below(random, 40)));
      const auto first = other.begin() + static_cast<std::ptrdiff_t>(from);
      bytes.insert(begin, first, first + static_cast<std::ptrdiff_t>(many));
      break;
    }
    case 3: bytes.resize(at + below(random, 8)); break;
    default:
      if (!bytes.empty()) bytes[below(random, bytes.size())] = static_cast<std::uint8_t>(random());
  }
}

void replay(const std::string& folder, void (*target)(fuzz::Input), int rounds) {
  const auto all = seeds(folder);
  REQUIRE(all.size() >= 5);
  for (const auto& seed : all) target(seed);
  Random random(20261123);
  for (int round = 0; round < rounds; ++round) {
    Bytes input = all[below(random, all.size())];
    for (auto times = 1 + random() % 8; times > 0; --times) damage(input, all[below(random, all.size())], random);
    target(input);
  }
}

}  // namespace

TEST_CASE("the reader takes any bytes") { replay("hitlog", fuzz::hitlog, 20'000); }
TEST_CASE("mapping and model take any contents that the reader lets pass") {
  replay("contents", fuzz::contents, 10'000);
}
