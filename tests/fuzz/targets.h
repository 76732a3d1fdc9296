// What is fuzzed. Each takes any bytes, and aborts with a line on standard error where a promise is broken; memory
// errors and undefined behaviour are the sanitizers' to find.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace branchlight::fuzz {

using Input = std::span<const std::uint8_t>;

// A log, or (without the magic) what follows its header. LogReader names defined numbers only, and reads the same in
// small pieces as in one.
void hitlog(Input input);

// Eight bytes that say how, then records: contents that LogReader lets pass, put to mapping and model as if a run had
// written them. Knowledge::apply and all that is asked of it afterwards.
void contents(Input input);

// The seeds of a target: logs that real programs wrote (make_corpus.py), in tests/fuzz/corpus.
inline const std::string corpus = "tests/fuzz/corpus/";

}  // namespace branchlight::fuzz
