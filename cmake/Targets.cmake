# How targets of ours are made, and which of them may use which.

set(BRANCHLIGHT_WARNINGS -Wall -Wextra -Wpedantic -Wshadow -Wconversion $<$<CXX_COMPILER_ID:GNU>:-Wduplicated-cond> -Werror)
set(BRANCHLIGHT_CXX_WARNINGS -Wnon-virtual-dtor -Woverloaded-virtual)

# A static library of ours: warnings are errors, and includes are written from the root ("coverage/text/source_text.h").
function(branchlight_library name)
  add_library(${name} STATIC ${ARGN})
  target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR})
  branchlight_warnings(${name})
endfunction()

function(branchlight_warnings name)
  target_compile_options(${name} PRIVATE ${BRANCHLIGHT_WARNINGS} "$<$<COMPILE_LANGUAGE:CXX>:${BRANCHLIGHT_CXX_WARNINGS}>")
endfunction()

# The collector is loaded into an interpreter that has no sanitizer's runtime.
function(without_sanitizers name)
  foreach(property COMPILE_OPTIONS LINK_OPTIONS)
    get_target_property(options ${name} ${property})
    list(FILTER options EXCLUDE REGEX "sanitize")
    set_target_properties(${name} PROPERTIES ${property} "${options}")
  endforeach()
endfunction()

# A doctest executable: branchlight_test(name sources...). `./dev test` makes a suite of each.
function(branchlight_test name)
  add_executable(${name} ${ARGN})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_compile_options(${name} PRIVATE -Wall -Wextra -Werror)
  add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  set_property(GLOBAL APPEND_STRING PROPERTY BRANCHLIGHT_TESTS "${name} $<TARGET_FILE:${name}>\n")
endfunction()

# The executables that branchlight_test made, for the test runner: a line "name path" each.
function(write_list_of_tests)
  get_property(tests GLOBAL PROPERTY BRANCHLIGHT_TESTS)
  file(GENERATE OUTPUT ${CMAKE_BINARY_DIR}/doctests.txt CONTENT "${tests}")
endfunction()

# Fails at configure time where a target links another one from a folder that its own may not use: protocol and coverage
# use neither each other nor server; server uses both. (tests/architecture checks the includes in the same way.)
function(check_layers)
  branchlight_targets_below(${CMAKE_SOURCE_DIR}/protocol protocol)
  branchlight_targets_below(${CMAKE_SOURCE_DIR}/coverage coverage)
  branchlight_targets_below(${CMAKE_SOURCE_DIR}/server server)
  refuse_links("${protocol}" "${coverage};${server}")
  refuse_links("${coverage}" "${protocol};${server}")
endfunction()

function(branchlight_targets_below folder result)
  set(found "")
  if(EXISTS ${folder})
    get_property(found DIRECTORY ${folder} PROPERTY BUILDSYSTEM_TARGETS)
    get_property(subfolders DIRECTORY ${folder} PROPERTY SUBDIRECTORIES)
    foreach(subfolder ${subfolders})
      branchlight_targets_below(${subfolder} below)
      list(APPEND found ${below})
    endforeach()
  endif()
  set(${result} "${found}" PARENT_SCOPE)
endfunction()

function(refuse_links targets forbidden)
  foreach(target ${targets})
    get_target_property(links ${target} LINK_LIBRARIES)
    foreach(link ${links})
      if(link IN_LIST forbidden)
        message(FATAL_ERROR "${target} may not link ${link}: see docs/architecture.md, which folder may use which")
      endif()
    endforeach()
  endforeach()
endfunction()
