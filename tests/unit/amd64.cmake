# Zydis is linked for the tests' own disassembly: what a slot holds is read back independently.
find_package(Zydis REQUIRED)
sidestep_test(amd64_test LABEL unit
  SOURCES
    ${CMAKE_CURRENT_SOURCE_DIR}/amd64/disassembly.cpp
    ${CMAKE_CURRENT_SOURCE_DIR}/amd64/analyze_test.cpp
    ${CMAKE_CURRENT_SOURCE_DIR}/amd64/boundaries_test.cpp
    ${CMAKE_CURRENT_SOURCE_DIR}/amd64/straight_test.cpp
    ${CMAKE_CURRENT_SOURCE_DIR}/amd64/branch_test.cpp
    ${CMAKE_CURRENT_SOURCE_DIR}/amd64/call_test.cpp
    ${CMAKE_CURRENT_SOURCE_DIR}/amd64/shipped_bugs_test.cpp
    ${CMAKE_CURRENT_SOURCE_DIR}/amd64/sweep_test.cpp
    ${CMAKE_CURRENT_SOURCE_DIR}/amd64/registers_test.cpp
  LINKS sidestep::amd64 Zydis::Zydis)
