#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "coverage/text/source_text.h"

using branchlight::text::SourceText;
using namespace std::string_literals;

namespace {
// The text of a file, or "none" where there is none.
std::string decoded(std::string_view file) {
  const auto text = SourceText::from_file_bytes(file);
  return text ? std::string(text->bytes()) : "none";
}
}  // namespace

TEST_CASE("UTF-8 is the default, and what is not UTF-8 has no text") {
  CHECK(decoded("x = 'é €'\n") == "x = 'é €'\n");
  CHECK(decoded("x = '\xE9'\n") == "none");
  CHECK(decoded("\xC0\x80") == "none");          // overlong
  CHECK(decoded("\xED\xA0\x80") == "none");      // a surrogate
  CHECK(decoded("\xF4\x90\x80\x80") == "none");  // past the last code point
  CHECK(decoded("\xE2\x82") == "none");          // cut short
}

TEST_CASE("a byte-order mark is no part of the text") {
  CHECK(decoded("\xEF\xBB\xBFx = 1\n") == "x = 1\n");
  CHECK(decoded("\xEF\xBB\xBF# coding: utf-8\n") == "# coding: utf-8\n");
}

TEST_CASE("a byte-order mark and another encoding contradict each other") {
  CHECK(decoded("\xEF\xBB\xBF# coding: latin-1\n") == "none");
}

TEST_CASE("a coding line names the encoding, in any of the usual spellings") {
  CHECK(decoded("# -*- coding: latin-1 -*-\n'\xE9'") == "# -*- coding: latin-1 -*-\n'é'");
  CHECK(decoded("# vim: set fileencoding=iso-8859-1 :\n'\xE9'") == "# vim: set fileencoding=iso-8859-1 :\n'é'");
  CHECK(decoded("#coding:Latin_1\n'\xE9'") == "#coding:Latin_1\n'é'");
  CHECK(decoded("#coding: l1\n'\xE9'") == "#coding: l1\n'é'");
  CHECK(decoded("# coding: cp1252\n'\x80'") == "# coding: cp1252\n'€'");
  CHECK(decoded("# coding: iso8859_15\n'\xA4'") == "# coding: iso8859_15\n'€'");
  CHECK(decoded("# coding: euc_jp\n'\xA4\xA2'") == "# coding: euc_jp\n'あ'");
  CHECK(decoded("# coding: shift_jis\n'\x83\x5C' \\\n ~1") == "# coding: shift_jis\n'ソ' \\\n ~1");
  CHECK(decoded("# coding: utf8\n'é'") == "# coding: utf8\n'é'");
  CHECK(decoded("# coding: utf-8-unix\n'é'") == "# coding: utf-8-unix\n'é'");
}

TEST_CASE("the coding line may be the second one, but only after a blank or a comment") {
  CHECK(decoded("#!/usr/bin/python\n# coding: latin-1\n'\xE9'") == "#!/usr/bin/python\n# coding: latin-1\n'é'");
  CHECK(decoded("\r\n# coding: latin-1\r\n'\xE9'") == "\r\n# coding: latin-1\r\n'é'");
  CHECK(decoded("x = 1\n# coding: latin-1\n'\xE9'") == "none");
  CHECK(decoded("\n\n# coding: latin-1\n'\xE9'") == "none");
  CHECK(decoded("x = 'coding: latin-1'\n") == "x = 'coding: latin-1'\n");
}

TEST_CASE("an encoding that nobody knows gives nothing") { CHECK(decoded("# coding: klingon\nx = 1\n") == "none"); }

TEST_CASE("ASCII means ASCII") {
  CHECK(decoded("# coding: ascii\nx = 1\n") == "# coding: ascii\nx = 1\n");
  CHECK(decoded("# coding: ascii\n'\xE9'\n") == "none");
}

TEST_CASE("a long text in another encoding is decoded to its end") {
  std::string file = "# coding: latin-1\n";
  std::string text = file;
  for (int i = 0; i < 20000; ++i) {
    file += "# \xE9\n";
    text += "# é\n";
  }
  CHECK(decoded(file) == text);
}
