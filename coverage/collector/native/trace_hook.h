// A function in the place of `sys.settrace`: whoever traces lines would see the markers', so they are withdrawn first.
#pragma once

namespace branchlight::collector::trace_hook {

bool install();

}  // namespace branchlight::collector::trace_hook
