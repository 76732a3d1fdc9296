// Which files are measured, and what is known of each. A file is measured if it is Python below the workspace root,
// and neither of a library, of the interpreter, nor of a virtual environment.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "coverage/collector/native/python_ref.h"
#include "coverage/collector/native/system.h"
#include "coverage/hitlog/format.h"

namespace branchlight::collector {

struct SourceFile {
  uint32_t number;
  uint32_t defined;  // the generation of the log that has its definition
  char* path;        // absolute, without links
  uint64_t content_hash;
  system::FileIdentity identity;
  // With markers: marker_at[line] is 1 more than the number of the marker on that line, which has no code of the
  // text's.
  uint32_t* marker_at;
  uint32_t marker_at_size;
  uint32_t marker_count;
  hitlog::MarkerRecord* markers;
  uint32_t markers_defined;
};

namespace source_files {

// `root`, the paths of the interpreter's own library, and those of virtual environments: absolute; copied.
bool configure(const char* root, PyObject* library_paths, PyObject* environment_paths);

// The file that a code object's co_filename means, or null if it is not measured. A file that has changed since it
// was last asked for is another SourceFile. `any_name`: also where the name does not end in .py.
SourceFile* find(PyObject* filename, bool any_name);

}  // namespace source_files
}  // namespace branchlight::collector
