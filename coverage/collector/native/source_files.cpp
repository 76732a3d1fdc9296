#include "coverage/collector/native/source_files.h"

#include <stdlib.h>
#include <string.h>

#include <initializer_list>  // a header alone; nothing of libstdc++ is linked

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace branchlight::collector::source_files {
namespace {

struct Paths {
  char** items;
  size_t count;
};

char* root;
size_t root_length;
Paths libraries;     // never measured, unless the root lies inside of one
Paths environments;  // never measured where they lie inside of the root
PyObject* by_name;   // co_filename -> address of the SourceFile as an int, 0 where it is not measured
uint32_t last_number;

bool is_below(const char* path, const char* folder) {
  const size_t length = strlen(folder);
  return strncmp(path, folder, length) == 0 && (path[length] == '/' || (length > 0 && folder[length - 1] == '/'));
}

bool is_same_or_below(const char* path, const char* folder) {
  return strcmp(path, folder) == 0 || is_below(path, folder);
}

bool copy_paths(PyObject* tuple, Paths& to) {
  const Py_ssize_t count = PyTuple_Size(tuple);
  if (count < 0) return false;
  to.items = static_cast<char**>(calloc(static_cast<size_t>(count) + 1, sizeof(char*)));
  for (Py_ssize_t i = 0; i < count && to.items; ++i) {
    PyRef bytes(PyUnicode_EncodeFSDefault(PyTuple_GetItem(tuple, i)));
    if (!bytes) return false;
    const char* path = PyBytes_AsString(bytes.get());
    char* real = system::real_path(path);
    if (real && strcmp(real, "/") != 0) to.items[to.count++] = real;
  }
  return to.items != nullptr;
}

bool equals(const char* part, size_t length, const char* text) {
  return strlen(text) == length && memcmp(part, text, length) == 0;
}

// `path` is below the root: is one of the folders on the way there not the user's own code?
bool in_foreign_folder(const char* path) {
  const char* part = path + root_length + (root[root_length - 1] == '/' ? 0 : 1);
  for (const char* slash; (slash = strchr(part, '/')); part = slash + 1) {
    const auto length = static_cast<size_t>(slash - part);
    for (const char* name : {"site-packages", "dist-packages", ".venv", ".tox", ".nox", "node_modules", ".branchlight"})
      if (equals(part, length, name)) return true;
    if (equals(part, length, "venv") || equals(part, length, "env")) {
      // A package may be called that; only an environment has this file.
      const auto folder = static_cast<size_t>(slash - path);
      char* configuration = static_cast<char*>(malloc(folder + 16));
      if (!configuration) return true;
      memcpy(configuration, path, folder);
      strcpy(configuration + folder, "/pyvenv.cfg");
      const bool environment = system::exists(configuration);
      free(configuration);
      if (environment) return true;
    }
  }
  return false;
}

bool is_measured(const char* path) {
  if (!is_below(path, root) || in_foreign_folder(path)) return false;
  for (size_t i = 0; i < libraries.count; ++i)
    if (is_below(path, libraries.items[i]) && !is_same_or_below(root, libraries.items[i])) return false;
  for (size_t i = 0; i < environments.count; ++i)
    if (is_below(environments.items[i], root) && is_below(path, environments.items[i])) return false;
  return true;
}

// Spares the libraries' many files a walk along their links.
bool is_plainly_foreign(const char* path) {
  if (path[0] == '<' || path[0] == 0) return true;
  for (size_t i = 0; i < libraries.count; ++i)
    if (is_below(path, libraries.items[i]) && !is_same_or_below(root, libraries.items[i])) return true;
  return false;
}

bool has_python_name(const char* path) {
  const char* name = strrchr(path, '/');
  const char* dot = strrchr(name ? name : path, '.');
  return dot && (strcmp(dot, ".py") == 0 || strcmp(dot, ".pyw") == 0);
}

SourceFile* read(char* real) {
  system::FileIdentity identity;
  size_t size = 0;
  char* text = system::identify(real, identity) ? system::read_file(real, size) : nullptr;
  SourceFile* file = text ? static_cast<SourceFile*>(calloc(1, sizeof(SourceFile))) : nullptr;
  if (file && last_number < hitlog::max_number) {
    file->number = ++last_number;
    file->path = real;
    file->content_hash = XXH3_64bits(text, size);
    file->identity = identity;
    file->identity.size = size;
  }
  free(text);
  return file;
}

SourceFile* classify(PyObject* filename, bool any_name) {
  PyRef bytes(PyUnicode_EncodeFSDefault(filename));
  const char* path = bytes ? PyBytes_AsString(bytes.get()) : nullptr;
  if (!path) {
    PyErr_Clear();
    return nullptr;
  }
  if (is_plainly_foreign(path) || (!any_name && !has_python_name(path))) return nullptr;
  char* real = system::real_path(path);
  if (!real) return nullptr;
  SourceFile* file = is_measured(real) ? read(real) : nullptr;
  if (!file) free(real);
  return file;
}

bool is_unchanged(const SourceFile& file) {
  system::FileIdentity now;
  return system::identify(file.path, now) && now == file.identity;
}

}  // namespace

bool configure(const char* root_path, PyObject* library_paths, PyObject* environment_paths) {
  root = system::real_path(root_path);
  if (!root) root = strdup(root_path);
  root_length = strlen(root);
  by_name = PyDict_New();
  return root_length > 0 && by_name && copy_paths(library_paths, libraries) &&
         copy_paths(environment_paths, environments);
}

SourceFile* find(PyObject* filename, bool any_name) {
  PyObject* known = PyDict_GetItemWithError(by_name, filename);
  if (known) {
    auto* file = static_cast<SourceFile*>(PyLong_AsVoidPtr(known));
    if (file ? is_unchanged(*file) : !any_name) return file;
  }
  SourceFile* file = classify(filename, any_name);
  PyRef address(PyLong_FromVoidPtr(file));
  if (!address || PyDict_SetItem(by_name, filename, address.get()) != 0) PyErr_Clear();
  return file;
}

}  // namespace branchlight::collector::source_files
