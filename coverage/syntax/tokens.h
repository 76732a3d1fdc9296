// The tokens of a text as hashes: what the comparison of two texts rests on. Comments and white space are none;
// where a statement begins, and where a block begins and ends, is one, since to Python that is syntax.
#pragma once

#include <cstdint>
#include <vector>

#include "coverage/syntax/syntax.h"
#include "coverage/syntax/tree.h"

namespace branchlight::syntax {

class Tokens {
 public:
  // `source` is the text as it stands, where the tree may be of a repaired one.
  Tokens(const Tree& tree, std::string_view source);

  // Of the tokens that begin in the range. The begin of a block at its end, or the end of one, is outside.
  std::uint64_t hash(text::ByteRange range) const;

  // Of each scope's own tokens, its header and decorators with it: without the functions and classes inside of it. In a
  // function, where order tells, a mark with their name is left in their place; in a module or a class functions may
  // come, go and move without touching what is around them. A lambda is part of the scope around it.
  void hash_scopes(std::vector<Scope>& scopes, const text::SourceText& text) const;

 private:
  struct Token {
    std::uint32_t place = 0;  // twice the offset; what stands just before an offset, as blocks begin and end, one less
    std::uint64_t hash = 0;
  };
  void add(std::uint32_t begin, std::uint64_t hash);
  void add_before(std::uint32_t offset, std::uint64_t hash);
  void add_at(std::uint32_t place, std::uint64_t hash);

  std::vector<Token> tokens_;
  // A polynomial's partial sums, so that the hash of any stretch is a subtraction.
  std::vector<std::uint64_t> sums_{0};
  std::vector<std::uint64_t> powers_{1};
};

}  // namespace branchlight::syntax
