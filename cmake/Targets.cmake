# How the tracer's own targets are built. Tracees never use this: they get their own flags.
include_guard()

add_library(sidestep_flags INTERFACE)
target_compile_options(sidestep_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor
  -Woverloaded-virtual -Wimplicit-fallthrough)
if(SIDESTEP_WERROR)
  target_compile_options(sidestep_flags INTERFACE -Werror)
endif()
if(SIDESTEP_SANITIZE)
  target_compile_options(sidestep_flags INTERFACE -fsanitize=${SIDESTEP_SANITIZE} -fno-omit-frame-pointer
                         -fno-sanitize-recover=all)
  target_link_options(sidestep_flags INTERFACE -fsanitize=${SIDESTEP_SANITIZE})
endif()
target_compile_options(sidestep_flags INTERFACE ${SIDESTEP_COMPILE_OPTIONS})

# Parsing the standard library takes as long as all else does with a source of ours. Precompiled headers
# hide what a source forgot to include: they are for CI's large build alone, and only for sources that CI
# also builds without (under the sanitizers).
if(SIDESTEP_QUICK_BUILD)
  # Some libraries bring this along, and a header compiled without it cannot be used with it.
  target_compile_options(sidestep_flags INTERFACE -pthread)
  file(WRITE ${CMAKE_BINARY_DIR}/precompiled.cpp "")
  add_library(sidestep_precompiled OBJECT ${CMAKE_BINARY_DIR}/precompiled.cpp)
  set_target_properties(sidestep_precompiled PROPERTIES POSITION_INDEPENDENT_CODE ON)
  target_link_libraries(sidestep_precompiled PRIVATE sidestep_flags)
  target_precompile_headers(sidestep_precompiled PRIVATE
    <algorithm> <array> <charconv> <cstdint> <cstring> <functional> <map> <memory> <optional> <span> <string>
    <string_view> <unordered_map> <utility> <variant> <vector>)
endif()

# sidestep_library(core SOURCES a.cpp b.cpp LINKS dep...): one static library a folder. What it may
# include is what it links: the build enforces the star (docs/architecture.md).
function(sidestep_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINKS;PRIVATE" ${ARGN})
  add_library(sidestep_${name} STATIC ${arg_SOURCES})
  add_library(sidestep::${name} ALIAS sidestep_${name})
  target_link_libraries(sidestep_${name} PUBLIC ${arg_LINKS} PRIVATE ${arg_PRIVATE}
                        $<BUILD_INTERFACE:sidestep_flags>)
  set_target_properties(sidestep_${name} PROPERTIES POSITION_INDEPENDENT_CODE ON)
  if(SIDESTEP_QUICK_BUILD)
    target_precompile_headers(sidestep_${name} REUSE_FROM sidestep_precompiled)
  endif()
endfunction()
