sidestep_test(cli_unit_test LABEL unit
  SOURCES cli/compare_report_test.cpp cli/ending_test.cpp cli/guarded_bytes_test.cpp cli/help_test.cpp
          cli/list_table_test.cpp cli/options_test.cpp cli/split_argv_test.cpp
          cli/usage_errors_test.cpp cli/values_test.cpp
  LINKS sidestep::cli)
if(RAPIDJSON_INCLUDE_DIR)
  target_include_directories(cli_unit_test SYSTEM PRIVATE ${RAPIDJSON_INCLUDE_DIR})
endif()
