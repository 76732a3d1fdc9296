# The language, the build types and the sanitizers: the same for every target.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
# -g1 keeps line numbers for a crash's backtrace; packaging strips them.
set(CMAKE_C_FLAGS_RELEASE "-O2 -g1 -DNDEBUG")
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1 -DNDEBUG")
set(CMAKE_C_FLAGS_DEBUG "-O1 -g")
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g")

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()

# Where ccache is found it is used, and told to forget where things lie: builds in several folders, other checkouts and
# the wheel's build find each other's objects.
find_program(CCACHE ccache)
if(CCACHE)
  set(launcher ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
endif()

set(BRANCHLIGHT_SANITIZE "" CACHE STRING "sanitizers for all of it, such as address,undefined or thread")
if(BRANCHLIGHT_SANITIZE)
  add_compile_options(-fsanitize=${BRANCHLIGHT_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=undefined)
  add_compile_definitions(_GLIBCXX_ASSERTIONS)  # an index past the end of a vector<bool> may be inside its last word
  add_link_options(-fsanitize=${BRANCHLIGHT_SANITIZE})
endif()

# Static where there is a choice: the program runs on a machine that has none of these libraries installed.
set(CMAKE_FIND_LIBRARY_SUFFIXES .a .so)
if(NOT BRANCHLIGHT_SANITIZE)
  add_link_options(-static-libstdc++ -static-libgcc)
endif()
