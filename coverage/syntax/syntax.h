// What a Python text consists of, as far as coverage cares: scopes, statements, and branch sites with their arms.
// A pure function of the text. Parsing never fails: broken Python is the normal state of a file that is being typed.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "coverage/text/source_text.h"

namespace branchlight::syntax {

enum class SiteKind : std::uint8_t { if_, elif, while_, for_, async_for, case_ };

// The two ways out of a site. `taken` is True of a test, "starts" of a loop over something, "matches" of a case.
enum class Arm : std::uint8_t { no = 0, yes = 1 };

// Where an arm leads: a line, or out of a scope. Of a body on its header's own line it is where that body goes on to
// (`if x: return` leaves the function); where the other arm leads there as well, it is that line itself.
struct Destination {
  enum class Kind : std::uint8_t { line, leaves_scope } kind = Kind::line;
  std::uint32_t line = 0;   // where kind is line: the first line of the statement that runs next
  std::uint32_t scope = 0;  // where kind is leaves_scope
  friend bool operator==(const Destination&, const Destination&) = default;
};

struct Site {
  SiteKind kind{};
  text::ByteRange statement;  // the whole of it, bodies included (an elif or a case: its own clause)
  text::ByteRange header;     // from the keyword to the colon, the colon included
  text::ByteRange test;   // the condition; the iterable of a for; the pattern and guard of a case. With its parentheses
  text::ByteRange guard;  // of a case, its `if` included; empty: none
  text::ByteRange body;   // what runs on Arm::yes
  std::uint32_t scope = 0;                 // index into Syntax::scopes
  std::array<bool, 2> exists{true, true};  // by Arm; false where the compiler folds a constant test, or in dead code
  std::array<Destination, 2> leads_to{};   // by Arm
  std::uint64_t tokens = 0;                // hash of the header's tokens, without comments and white space
};

struct Scope {
  enum class Kind : std::uint8_t { module, function, class_, lambda } kind{};
  std::string qualified_name;  // as co_qualname has it: "Price.total", "outer.<locals>.inner"; "<module>"
  text::ByteRange range;       // decorators included
  text::ByteRange name;        // of the identifier; empty for a module and a lambda
  text::ByteRange header;      // from `def`, `async` or `class` to the colon
  text::ByteRange body;
  std::uint32_t parent = 0;      // scopes[0] is the module, its own parent
  std::uint32_t first_line = 1;  // as co_firstlineno has it
  std::uint32_t within = 0;  // the scope whose text holds this one: of a lambda in a default value it is the function
                             // that the default is of, while `parent` is the scope that evaluates it
  std::uint64_t tokens = 0;  // hash of its own tokens: of its header and body, without the functions and classes in it
};

// A statement that can run, by its first line; compound statements stand for their headers.
struct Statement {
  text::ByteRange range;
  std::uint32_t first_line = 0;
  std::uint32_t last_line = 0;  // of a compound statement: the header's
  std::uint32_t scope = 0;
  bool before_3_14_only = false;       // `x: int` in a class: from 3.14 on it compiles to nothing that runs
  Destination goes_on_to{};            // where it is before_3_14_only: what leads to it leads there from 3.14 on
  std::uint64_t tokens = 0;            // hash of its tokens; of a compound statement: the header's
  std::uint64_t tokens_with_body = 0;  // the same with what is in it, else and elif clauses too
};

// What the tokenizer of Python ends with a NEWLINE: a simple statement (or several, with semicolons), or the header of
// a compound one, else, try and finally too.
struct LogicalLine {
  std::uint32_t first_line = 0;
  std::uint32_t last_line = 0;
  std::uint32_t colon_line = 0;  // of its last colon outside of brackets; 0: none
  std::uint32_t indent = 0;      // columns
};

// A `with` whose body can come to its end. CPython before 3.10 leaves it silently, later ones visit its header's line
// once more; sites pass it by. For those who have nothing but the lines that ran one after the other.
struct With {
  std::uint32_t line = 0;
  std::uint32_t scope = 0;
  text::ByteRange body;
  Destination goes_on_to{};
};

// A last `case` that always matches.
struct DefaultCase {
  text::ByteRange pattern;
  text::ByteRange body;
};

struct Syntax {
  text::SharedText text;
  std::vector<Scope> scopes;          // in the order of their headers; [0] is the module
  std::vector<Site> sites;            // in the order of their starts
  std::vector<Statement> statements;  // in the order of their starts; without dead code, which no compiler keeps
  std::vector<LogicalLine> lines;     // all of them, dead code too
  std::vector<DefaultCase> default_cases;
  std::vector<With> withs;              // in the order of their starts; without dead code
  std::vector<text::ByteRange> errors;  // lines that do not parse and were taken out, and errors that are left

  // The innermost scope that holds the offset. A header belongs to its function, decorators to the scope around it.
  std::uint32_t scope_at(std::uint32_t offset) const;
};

using SharedSyntax = std::shared_ptr<const Syntax>;

// Thread-safe: each call has a parser of its own.
SharedSyntax parse(text::SharedText text);

// "never True", "never False", "loop never starts", "loop never completes", "never matches", "always matches":
// what to say where an arm was never taken.
const char* never(SiteKind kind, Arm missing);
// Where an arm leads, in words: "leads to line 12", "stays on line 3", "leaves total()", "leaves class Price",
// "leaves the module". Of an arm that was not taken: "would go to line 12", "would leave total()".
std::string leads(const Syntax& syntax, const Site& site, Arm arm);
std::string would(const Syntax& syntax, const Site& site, Arm arm);

}  // namespace branchlight::syntax
