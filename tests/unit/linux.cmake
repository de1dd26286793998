sidestep_test(linux_test LABEL unit SOURCES linux/seccomp_test.cpp linux/host_test.cpp linux/pace_test.cpp linux/company_test.cpp linux/stopped_registers_test.cpp
              linux/turns_test.cpp linux/wakefulness_test.cpp LINKS sidestep::linux)
