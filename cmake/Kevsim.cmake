# One place for compiler settings, and the function every folder uses to declare its library.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()

# What -O3 adds here is compile time.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")

find_program(CCACHE ccache)
if(CCACHE)
  # Without this much trust ccache keeps nothing that was compiled with a precompiled header.
  set(CMAKE_CXX_COMPILER_LAUNCHER
    env CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE})
endif()

add_library(kevsim_options INTERFACE)
target_include_directories(kevsim_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(kevsim_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast
  -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-align -Wnull-dereference
  # Fused multiply-add would make g++ and clang round differently (ARCHITECTURE.md, decisions).
  -ffp-contract=off
  # Messages of failed checks name files from the project root, wherever it was built.
  -fmacro-prefix-map=${PROJECT_SOURCE_DIR}/=)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 reports false positives from inlined library code at -O2, most of them of moved strings.
  target_compile_options(kevsim_options INTERFACE -Wno-null-dereference -Wno-restrict
    -Wno-maybe-uninitialized -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread)
endif()
if(KEVSIM_WERROR)
  target_compile_options(kevsim_options INTERFACE -Werror)
endif()
if(KEVSIM_SANITIZE)
  target_compile_options(kevsim_options INTERFACE
    -fsanitize=${KEVSIM_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(kevsim_options INTERFACE -fsanitize=${KEVSIM_SANITIZE})
endif()

# kevsim_precompiled(TARGET HEADER...): the headers, compiled once for all targets that reuse them.
# Parsing them takes longer than most of our sources do. Off in the preset `dev`, which so tells
# when a file forgets to include what it uses.
function(kevsim_precompiled name)
  if(KEVSIM_PRECOMPILE)
    file(GENERATE OUTPUT ${CMAKE_BINARY_DIR}/${name}.cpp CONTENT "")
    add_library(${name} OBJECT ${CMAKE_BINARY_DIR}/${name}.cpp)
    target_link_libraries(${name} PRIVATE kevsim_options fmt::fmt)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
      target_compile_options(${name} PUBLIC -fpch-preprocess)
    endif()
    target_precompile_headers(${name} PRIVATE ${ARGN})
  endif()
endfunction()

function(kevsim_reuse_precompiled target name)
  if(KEVSIM_PRECOMPILE)
    target_link_libraries(${target} PRIVATE fmt::fmt)
    target_precompile_headers(${target} REUSE_FROM ${name})
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
      target_compile_options(${target} PRIVATE -fpch-preprocess)
    endif()
  endif()
endfunction()

# kevsim_library(NAME SOURCES ... HEADERS ... LINKS ...): one folder, one target. A library sees
# only what it links, so a use that points the wrong way (model -> sim, sim -> tools) does not link.
function(kevsim_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;HEADERS;LINKS" ${ARGN})
  if(arg_SOURCES)
    add_library(${name} STATIC ${arg_SOURCES} ${arg_HEADERS})
    set(scope PUBLIC)
  else()
    add_library(${name} INTERFACE ${arg_HEADERS})
    set(scope INTERFACE)
  endif()
  target_link_libraries(${name} ${scope} kevsim_options ${arg_LINKS})
  if(arg_SOURCES)
    kevsim_reuse_precompiled(${name} kevsim_library_headers)
    # Several sources at once: little more than half the time. Off in the preset `dev`, as above.
    set_target_properties(${name} PROPERTIES
      UNITY_BUILD ${KEVSIM_UNITY} UNITY_BUILD_BATCH_SIZE ${KEVSIM_UNITY_BATCH})
  endif()
endfunction()

# Test code runs for milliseconds and compiles for minutes, with sanitizers for many.
if(KEVSIM_SANITIZE)
  set(KEVSIM_TEST_OPTIMISATION -O0)
else()
  set(KEVSIM_TEST_OPTIMISATION -O1)
endif()

# kevsim_test(NAME <area> SOURCES ... LINKS ... [EXPLORED]): one Catch2 program per area; each of
# its cases is a ctest test. EXPLORED: its own threads are explored, which needs flags of its own.
function(kevsim_test)
  cmake_parse_arguments(arg "EXPLORED" "NAME" "SOURCES;LINKS" ${ARGN})
  add_executable(test_${arg_NAME} ${arg_SOURCES} $<TARGET_OBJECTS:kevsim_catch_main>)
  target_link_libraries(test_${arg_NAME} PRIVATE kevsim_options ${arg_LINKS})
  target_compile_options(test_${arg_NAME} PRIVATE ${KEVSIM_TEST_OPTIMISATION})
  if(NOT arg_EXPLORED)
    kevsim_reuse_precompiled(test_${arg_NAME} kevsim_test_headers)
  endif()
  target_compile_definitions(test_${arg_NAME} PRIVATE
    KEVSIM_SOURCE_DIR="${PROJECT_SOURCE_DIR}" KEVSIM_BINARY_DIR="${PROJECT_BINARY_DIR}"
    # What a failed property says to type.
    KEVSIM_TEST_PROGRAM="$<TARGET_FILE:test_${arg_NAME}>")
  catch_discover_tests(test_${arg_NAME} TEST_PREFIX "${arg_NAME}: " PROPERTIES TIMEOUT 120
    # RapidCheck draws its seed from the machine unless it is told one.
    ENVIRONMENT "RC_PARAMS=seed=2006")
endfunction()
