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

# sidestep_library(core SOURCES a.cpp b.cpp LINKS dep...): one static library a folder. What it may
# include is what it links: the build enforces the star (docs/architecture.md).
function(sidestep_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINKS;PRIVATE" ${ARGN})
  add_library(sidestep_${name} STATIC ${arg_SOURCES})
  add_library(sidestep::${name} ALIAS sidestep_${name})
  target_link_libraries(sidestep_${name} PUBLIC ${arg_LINKS} PRIVATE ${arg_PRIVATE}
                        $<BUILD_INTERFACE:sidestep_flags>)
  set_target_properties(sidestep_${name} PROPERTIES POSITION_INDEPENDENT_CODE ON)
endfunction()
