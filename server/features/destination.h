// Where an arm would have gone, as a place to jump to.
#pragma once

#include "coverage/syntax/syntax.h"

namespace branchlight::features {

// The text of the line; of a body on its header's own line, that body; the name of the function or class that the arm
// leaves; the end of a module (empty, at the end of its last line that is not).
text::ByteRange destination(const syntax::Syntax& syntax, const syntax::Site& site, syntax::Arm arm);

}  // namespace branchlight::features
