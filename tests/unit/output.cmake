sidestep_test(output_unit_test LABEL unit
  SOURCES output/account_test.cpp output/bytes_test.cpp output/capture_test.cpp
          output/clock_test.cpp output/destination_test.cpp output/golden_test.cpp
          output/json_line_test.cpp output/json_pieces_test.cpp output/jsonl_test.cpp
          output/make_sink_test.cpp output/names_test.cpp output/samples.cpp
          output/table_test.cpp output/text_test.cpp
  LINKS sidestep::output)
target_compile_definitions(output_unit_test PRIVATE
  SIDESTEP_GOLDEN="${PROJECT_SOURCE_DIR}/tests/golden")
