# The oracle that the relocation fuzzer trusts: it must let right slots pass, and no wrong one.
if(NOT TARGET sidestep_oracle)
  add_subdirectory(${PROJECT_SOURCE_DIR}/tests/fuzz/oracle ${CMAKE_BINARY_DIR}/tests/fuzz/oracle)
endif()
sidestep_test(oracle_test LABEL unit
  SOURCES
    ${CMAKE_CURRENT_SOURCE_DIR}/oracle/samples.cpp
    ${CMAKE_CURRENT_SOURCE_DIR}/oracle/every_byte_test.cpp
    ${CMAKE_CURRENT_SOURCE_DIR}/oracle/slot_test.cpp
    ${CMAKE_CURRENT_SOURCE_DIR}/oracle/verdict_test.cpp
  LINKS sidestep_oracle sidestep::amd64)
# The seeds of each fuzz target, without a fuzzer.
set(fuzz_dir ${PROJECT_SOURCE_DIR}/tests/fuzz)
function(sidestep_replay name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINKS" ${ARGN})
  list(TRANSFORM arg_SOURCES PREPEND ${fuzz_dir}/)
  sidestep_test(replay_${name} LABEL unit LINKS ${arg_LINKS}
                SOURCES ${fuzz_dir}/replay_test.cpp ${fuzz_dir}/${name}.cpp ${fuzz_dir}/report.cpp ${arg_SOURCES})
  target_include_directories(replay_${name} PRIVATE ${fuzz_dir})
  target_compile_definitions(replay_${name} PRIVATE SEEDS="${fuzz_dir}/seeds/${name}" FUZZ_TARGET=Fuzz_${name})
endfunction()

sidestep_replay(relocation SOURCES placement.cpp LINKS sidestep_oracle sidestep::amd64)
sidestep_replay(probe LINKS sidestep::symbols)
sidestep_replay(elf LINKS sidestep::symbols)
