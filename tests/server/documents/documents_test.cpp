#include "server/documents/documents.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <random>

#include "server/session/encoding.h"

using namespace branchlight;
using documents::Documents;
using session::Encoding;

namespace {

constexpr const char* smiley = "\xF0\x9F\x98\x80";  // two units of UTF-16

// ---- The reference: a buffer as an editor keeps it, in units of UTF-16, with lines found anew each time.

using Units = std::u16string;

Units to_utf16(std::string_view utf8) {
  Units units;
  for (std::size_t i = 0; i < utf8.size();) {
    const auto lead = static_cast<unsigned char>(utf8[i]);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    char32_t point = length == 1 ? lead : lead & (0x7Fu >> length);
    for (std::size_t k = 1; k < length; ++k) point = point << 6 | (static_cast<unsigned char>(utf8[i + k]) & 0x3Fu);
    if (point >= 0x10000) {
      units += static_cast<char16_t>(0xD800 + ((point - 0x10000) >> 10));
      units += static_cast<char16_t>(0xDC00 + ((point - 0x10000) & 0x3FF));
    } else {
      units += static_cast<char16_t>(point);
    }
    i += length;
  }
  return units;
}

std::vector<std::size_t> line_starts(const Units& text) {
  std::vector<std::size_t> starts{0};
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == u'\r' && i + 1 < text.size() && text[i + 1] == u'\n') continue;
    if (text[i] == u'\n' || text[i] == u'\r') starts.push_back(i + 1);
  }
  return starts;
}

lsp::Position position(const Units& text, std::size_t index) {
  const auto starts = line_starts(text);
  const auto next = std::upper_bound(starts.begin(), starts.end(), index);
  return {static_cast<std::uint32_t>(next - starts.begin() - 1), static_cast<std::uint32_t>(index - *std::prev(next))};
}

// A place where a cursor can stand: not inside a surrogate pair, not between \r and \n.
std::size_t cursor(const Units& text, std::size_t index) {
  if (index > 0 && index < text.size() && text[index] >= 0xDC00 && text[index] < 0xE000) --index;
  if (index > 0 && index < text.size() && text[index] == u'\n' && text[index - 1] == u'\r') --index;
  return index;
}

}  // namespace

TEST_CASE("edits of one message are applied in their order, each to what the one before it left") {
  Documents documents;
  auto& document = documents.open("file:///a.py", "/a.py", 1, "one\ntwo\n");
  documents.replace(document, {0, 3}, "three\nfour");
  documents.replace(document, session::from_lsp(*document.text, lsp::Range{{1, 0}, {1, 4}}, Encoding::utf16), "FOUR");
  CHECK(document.text->bytes() == "three\nFOUR\ntwo\n");
}

TEST_CASE("no two texts share a serial, whatever versions a client makes up") {
  Documents documents;
  auto& document = documents.open("file:///a.py", "/a.py", 1, "a");
  const auto first = document.serial;
  documents.replace(document, {0, 0}, "b");
  const auto second = document.serial;
  documents.close("file:///a.py");
  const auto third = documents.open("file:///a.py", "/a.py", 1, "a").serial;
  CHECK(first != second);
  CHECK(second != third);
  CHECK(first != third);
}

TEST_CASE("two spellings of a URI are two documents, and both are the same file") {
  const auto folder = std::filesystem::temp_directory_path() / "branchlight-documents-test";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder / "real");
  std::filesystem::create_directory_symlink(folder / "real", folder / "link");
  CHECK(documents::resolved(folder / "link" / "a.py") == documents::resolved(folder / "real" / "a.py"));
  CHECK(documents::resolved(folder / "link" / ".." / "real" / "not" / "there.py") ==
        documents::resolved(folder / "real") / "not" / "there.py");
  std::filesystem::remove_all(folder);
}

TEST_CASE("positions count units of UTF-16, or bytes") {
  const text::SourceText text(std::string("x = '") + smiley + "\xC3\xA9' # z\r\ny\r\n");
  const auto z = static_cast<std::uint32_t>(text.bytes().find('z'));
  CHECK(session::to_lsp(text, z, Encoding::utf16) == lsp::Position{0, 12});
  CHECK(session::to_lsp(text, z, Encoding::utf8) == lsp::Position{0, 15});
  CHECK(session::from_lsp(text, lsp::Position{0, 12}, Encoding::utf16) == z);
  CHECK(session::from_lsp(text, lsp::Position{0, 15}, Encoding::utf8) == z);
}

TEST_CASE("a position that is nowhere is clamped to its line, to its character, to the text") {
  const text::SourceText text(std::string(smiley) + "a\r\nb");
  CHECK(session::from_lsp(text, lsp::Position{0, 1}, Encoding::utf16) == 0);   // inside the pair
  CHECK(session::from_lsp(text, lsp::Position{0, 2}, Encoding::utf8) == 0);    // inside the character
  CHECK(session::from_lsp(text, lsp::Position{0, 99}, Encoding::utf16) == 5);  // before \r\n
  CHECK(session::from_lsp(text, lsp::Position{1, 99}, Encoding::utf16) == 8);
  CHECK(session::from_lsp(text, lsp::Position{9, 0}, Encoding::utf16) == 8);
  CHECK(session::from_lsp(text, lsp::Range{{1, 1}, {0, 0}}, Encoding::utf16) == text::ByteRange{8, 8});
}

TEST_CASE("random edits with UTF-16 positions give what an editor's own buffer holds") {
  const std::string pieces[] = {"a",       "\n", "\r\n", "\r",          "\xC3\xA9", smiley, "\xE4\xB8\xAD",
                                "if x:\n", "\t", "",     "\xEF\xBB\xBF"};
  for (unsigned seed = 0; seed < 200; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    const auto below = [&](std::size_t limit) { return std::uniform_int_distribution<std::size_t>(0, limit)(random); };
    Documents documents;
    auto& document = documents.open("file:///a.py", "/a.py", 0, "");
    Units reference;
    for (int step = 0; step < 40; ++step) {
      auto begin = cursor(reference, below(reference.size())), end = cursor(reference, below(reference.size()));
      if (begin > end) std::swap(begin, end);
      end = std::min(end, begin + 12);
      end = std::max(begin, cursor(reference, end));
      std::string with;
      for (std::size_t i = below(3); i > 0; --i) with += pieces[below(std::size(pieces) - 1)];

      const lsp::Range range{position(reference, begin), position(reference, end)};
      documents.replace(document, session::from_lsp(*document.text, range, Encoding::utf16), with);
      reference.replace(begin, end - begin, to_utf16(with));
      REQUIRE(to_utf16(document.text->bytes()) == reference);
      REQUIRE(document.text->line_count() == line_starts(reference).size());

      const auto somewhere = cursor(reference, below(reference.size()));
      const auto offset = session::from_lsp(*document.text, position(reference, somewhere), Encoding::utf16);
      REQUIRE(to_utf16(document.text->bytes().substr(0, offset)).size() == somewhere);
      REQUIRE(session::to_lsp(*document.text, offset, Encoding::utf16) == position(reference, somewhere));
    }
  }
}
