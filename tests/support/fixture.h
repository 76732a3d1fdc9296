// Python sources with the expectation written beside what it is about:
//
//     def f(x):
//         if x:          # arms: True
//     #      ^ partial: never False
//             return 1
//
// A *note* is a comment that begins with a key and a colon, at the end of a line: it is about that line; a line may
// have several. A *caret* is a line of its own, a comment that holds a run of `^` and then text: it is about what
// stands above the run in the nearest line of the source above it. Several carets may follow one line. The `#` of a
// caret has to stand left of its run: put it in column 0. Columns are characters, so that a fixture looks right.
//
// The source is the fixture without carets' lines and without notes, as a program could be run. Only keys that a test
// names are taken: `# pragma: no cover`, `# type: ignore` and any other comment stay in the source.
//
// Anything a fixture gets wrong (a caret above nothing, past its line's end) throws std::invalid_argument that says so.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "coverage/text/source_text.h"

namespace branchlight::test {

struct Note {
  std::uint32_t line = 0;  // of the source, from 1
  std::string key;         // "arms"
  std::string value;       // "True", trimmed
};

struct Caret {
  text::ByteRange range;  // in the source
  std::uint32_t line = 0;
  std::string text;  // "partial: never False", trimmed
};

struct Fixture {
  text::SharedText source;
  std::vector<Note> notes;    // in the order of the lines
  std::vector<Caret> carets;  // in the order of the fixture

  std::string_view slice(text::ByteRange range) const { return source->slice(range); }
  // The values of the notes with this key on this line, split at commas: "arms: True, False" gives two.
  std::vector<std::string> values(std::string_view key, std::uint32_t line) const;
};

// Common indentation is taken off, so that a fixture can stand in a raw string at the height of its test; so are a
// newline right after the opening quotes and the blanks before the closing ones.
Fixture parse_fixture(std::string_view annotated, std::initializer_list<std::string_view> keys = {"arms"});

// The inverse, for tests that compare as text and for a diff that a person can read: the source, with each caret
// below its line.
std::string render(const Fixture& fixture);

}  // namespace branchlight::test
