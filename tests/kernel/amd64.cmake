# Runs each class of instruction in place and from its slot, in a child under ptrace.
sidestep_test(amd64_exec_test LABEL kernel
  SOURCES
    ${CMAKE_CURRENT_SOURCE_DIR}/amd64/sandbox.cpp
    ${CMAKE_CURRENT_SOURCE_DIR}/amd64/execution.cpp
    ${CMAKE_CURRENT_SOURCE_DIR}/amd64/straight_cases.cpp
    ${CMAKE_CURRENT_SOURCE_DIR}/amd64/vector_cases.cpp
    ${CMAKE_CURRENT_SOURCE_DIR}/amd64/control_cases.cpp
    ${CMAKE_CURRENT_SOURCE_DIR}/amd64/special_test.cpp
  LINKS sidestep::amd64)
