# The engine's core and its policies, without a kernel: docs/testing.md says what each file proves.
# The ring's stress runs under TSan as it is: configure with -DSIDESTEP_SANITIZE=thread.
sidestep_test(core_test LABEL unit
  SOURCES
    ${CMAKE_CURRENT_LIST_DIR}/core/fixtures.cpp
    ${CMAKE_CURRENT_LIST_DIR}/core/advance_invariants_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/core/advance_table_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/core/calls_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/core/codec_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/core/evaluate_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/core/journal_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/core/payload_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/core/ring_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/core/site_index_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/core/site_table_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/core/site_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/core/modules_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/core/examine_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/core/scratch_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/core/shape_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/core/interleaving_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/core/machine.cpp
    ${CMAKE_CURRENT_LIST_DIR}/core/scripted_kernel.cpp
    ${CMAKE_CURRENT_LIST_DIR}/core/sim_architecture.cpp
    ${CMAKE_CURRENT_LIST_DIR}/core/simulation.cpp
  LINKS sidestep::core sidestep::displaced sidestep::inplace)
