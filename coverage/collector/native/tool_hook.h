// A function in the place of `sys.monitoring.use_tool_id`: a program that wants the very id that we have gets it, and a
// tool of the program's that may watch lines sees none of the markers'.
#pragma once

namespace branchlight::collector::tool_hook {

bool install();

}  // namespace branchlight::collector::tool_hook
