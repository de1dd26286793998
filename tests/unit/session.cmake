# Unit tests of src/session.
sidestep_test(session_unit_test LABEL unit
  SOURCES session/catalog_test.cpp session/event_maker_test.cpp session/probes_test.cpp
  LINKS sidestep::session sidestep::core sidestep::symbols)
