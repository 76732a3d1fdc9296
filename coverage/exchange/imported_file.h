// What coverage.py measured of a file, in our terms: the inverse of what a data file of ours says (arcs.h), for the
// files of any coverage.py from 5.0 on, and so of any Python that it ran on.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "coverage/exchange/arcs.h"
#include "coverage/model/evidence.h"

namespace branchlight::exchange {

// Pairs of lines, by context. A line that ran is (line, line), where the data has no more; minus the first line of a
// scope stands for its entry and its exits.
using MeasuredArcs = std::map<std::string, std::set<Branch>>;

// None: it names lines that the text does not have, so another text was measured.
std::optional<model::FileKnowledge> imported_file(syntax::SharedSyntax syntax, const std::string& path,
                                                  const MeasuredArcs& measured, const model::Import& import);

// The data does not say which Python it was. Where one file has told that it was 3.14 or later, that goes for those
// that tell nothing.
void share_since_3_14(std::vector<model::FileKnowledge>& files);

}  // namespace branchlight::exchange
