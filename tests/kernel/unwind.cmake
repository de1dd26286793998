# Backtraces of a real process, stopped in a known place.
sidestep_test(unwind_test LABEL kernel
  SOURCES
    ${CMAKE_CURRENT_SOURCE_DIR}/unwind/damage_test.cpp
    ${CMAKE_CURRENT_SOURCE_DIR}/unwind/stopped_program.cpp
    ${CMAKE_CURRENT_SOURCE_DIR}/unwind/unwind_test.cpp
  LINKS sidestep::symbols sidestep::linux sidestep::amd64)
target_compile_definitions(unwind_test PRIVATE DEEP="$<TARGET_FILE:tracee_deep>")
