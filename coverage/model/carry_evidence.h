// Evidence of an old text in terms of a new one. Private to the model.
#pragma once

#include "coverage/model/evidence.h"

namespace branchlight::model {

// Gives the file the new text, and each owner what of its evidence still holds: that of functions whose tokens are the
// same. What is stale is dropped: it would be a claim about code that has since changed.
void carry_evidence(FileKnowledge& file, syntax::SharedSyntax new_syntax);

}  // namespace branchlight::model
