# Unit tests of src/symbols, and the ELF files that they read. Those have flags of their own.
set(symbols_fixture_sources ${CMAKE_CURRENT_LIST_DIR}/symbols/fixtures)
set(symbols_fixture_dir ${CMAKE_CURRENT_BINARY_DIR}/symbols-fixtures)
file(MAKE_DIRECTORY ${symbols_fixture_dir})
find_program(OBJCOPY NAMES objcopy REQUIRED)
find_program(STRIP NAMES strip REQUIRED)
set(symbols_fixture_files)

# symbols_fixture(FILE SOURCE flags...): builds SOURCE into FILE with these flags alone.
function(symbols_fixture file source)
  set(compiler ${CMAKE_C_COMPILER})
  if(source MATCHES "[.]cpp$")
    set(compiler ${CMAKE_CXX_COMPILER})
  endif()
  add_custom_command(OUTPUT ${symbols_fixture_dir}/${file} DEPENDS ${symbols_fixture_sources}/${source} VERBATIM
    COMMAND ${compiler} ${ARGN} -o ${symbols_fixture_dir}/${file} ${symbols_fixture_sources}/${source})
  set(symbols_fixture_files ${symbols_fixture_files} ${symbols_fixture_dir}/${file} PARENT_SCOPE)
endfunction()

# symbols_derived(FILE FROM COMMAND...): FILE made from FROM by COMMAND.
function(symbols_derived file from)
  add_custom_command(OUTPUT ${symbols_fixture_dir}/${file} DEPENDS ${symbols_fixture_dir}/${from} VERBATIM
    WORKING_DIRECTORY ${symbols_fixture_dir} ${ARGN})
  set(symbols_fixture_files ${symbols_fixture_files} ${symbols_fixture_dir}/${file} PARENT_SCOPE)
endfunction()

set(symbols_plain -std=gnu11 -O2 -g -fno-lto)
symbols_fixture(names-pie names.c ${symbols_plain} -fPIE -pie -rdynamic)
symbols_fixture(names-fixed names.c ${symbols_plain} -fno-pie -no-pie)
symbols_fixture(names-static names.c ${symbols_plain} -fno-pie -no-pie -static)
symbols_fixture(names-debugframe names.c ${symbols_plain} -fno-pie -no-pie -fno-asynchronous-unwind-tables
  -fno-exceptions)
# Its debug information is to be had by build id alone.
symbols_fixture(names-whole names.c ${symbols_plain} -fno-pie -no-pie -Wl,--build-id=sha1)
symbols_fixture(libshop.so shop.cpp -O2 -g -std=c++17 -fPIC -shared -Wl,--build-id=sha1)
symbols_fixture(lines-O0 lines.cpp -O0 -gdwarf-5 -pie -fPIE)
symbols_fixture(lines-O2 lines.cpp -O2 -gdwarf-5 -pie -fPIE)
symbols_fixture(lines-O0-v4 lines.cpp -O0 -gdwarf-4 -pie -fPIE)
symbols_fixture(lines-O2-v4 lines.cpp -O2 -gdwarf-4 -pie -fPIE)
symbols_fixture(lines-O2-split lines.cpp -O2 -gdwarf-5 -gsplit-dwarf -pie -fPIE)
symbols_fixture(lines-O2-lto lines.cpp -O2 -gdwarf-5 -flto -pie -fPIE)
symbols_fixture(librseq.so rseq.S -shared -nostdlib)
symbols_fixture(shop.o shop.cpp -O2 -g -c)
symbols_derived(names-dynsym names-pie COMMAND ${STRIP} -s -o names-dynsym names-pie)
symbols_derived(names-stripped names-static COMMAND ${STRIP} -s -o names-stripped names-static)
symbols_derived(names-by-id names-whole
  COMMAND ${OBJCOPY} --only-keep-debug names-whole names-by-id.debug
  COMMAND ${STRIP} -s -o names-by-id names-whole)
symbols_derived(names-linked names-fixed
  COMMAND ${OBJCOPY} --only-keep-debug names-fixed names-linked.debug
  COMMAND ${STRIP} -s -o names-linked names-fixed
  COMMAND ${OBJCOPY} --add-gnu-debuglink=names-linked.debug names-linked)
symbols_derived(names-mismatched names-fixed DEPENDS ${symbols_fixture_dir}/names-pie
  COMMAND ${OBJCOPY} --only-keep-debug names-fixed names-mismatched.debug
  COMMAND ${STRIP} -s -o names-mismatched names-fixed
  COMMAND ${OBJCOPY} --add-gnu-debuglink=names-mismatched.debug names-mismatched
  COMMAND ${OBJCOPY} --only-keep-debug names-pie names-mismatched.debug)

find_program(GO NAMES go)
if(GO)
  add_custom_command(OUTPUT ${symbols_fixture_dir}/counter-go DEPENDS ${symbols_fixture_sources}/counter.go VERBATIM
    COMMAND ${CMAKE_COMMAND} -E env GOCACHE=${symbols_fixture_dir}/go-cache GO111MODULE=off GOFLAGS=
            ${GO} build -o ${symbols_fixture_dir}/counter-go ${symbols_fixture_sources}/counter.go)
  list(APPEND symbols_fixture_files ${symbols_fixture_dir}/counter-go)
endif()
find_program(XZ NAMES xz)
if(XZ)
  # As Fedora does it: an ELF file with nothing but symbols, compressed, in a section.
  symbols_derived(names-mini names-fixed
    COMMAND ${OBJCOPY} --only-keep-debug names-fixed names-mini.all
    COMMAND ${OBJCOPY} -S --remove-section .gdb_index --remove-section .comment --keep-symbol=beta
            --keep-symbol=with_cold names-mini.all names-mini.some
    COMMAND ${XZ} -f --keep names-mini.some
    COMMAND ${STRIP} -s -o names-mini names-fixed
    COMMAND ${OBJCOPY} --add-section .gnu_debugdata=names-mini.some.xz names-mini)
endif()
# The programs that say what they were called with, in every form of debug information.
function(symbols_called file source)
  add_custom_command(OUTPUT ${symbols_fixture_dir}/${file} DEPENDS ${PROJECT_SOURCE_DIR}/tracee/${source} VERBATIM
    WORKING_DIRECTORY ${symbols_fixture_dir} COMMAND ${ARGN} -o ${file} ${PROJECT_SOURCE_DIR}/tracee/${source})
  set(symbols_fixture_files ${symbols_fixture_files} ${symbols_fixture_dir}/${file} PARENT_SCOPE)
endfunction()
set(called_c ${CMAKE_C_COMPILER} -std=gnu17 -g)
symbols_called(called-c-O0 called.c ${called_c} -O0)
symbols_called(called-c-O2 called.c ${called_c} -O2)
symbols_called(called-c-dwarf4 called.c ${called_c} -O2 -gdwarf-4)
symbols_called(called-c-gz called.c ${called_c} -O0 -gz)
symbols_called(called-c-split called.c ${called_c} -O2 -gsplit-dwarf)
symbols_called(called-c-split4 called.c ${called_c} -O0 -gdwarf-4 -gsplit-dwarf)
symbols_called(called-c-lto called.c ${called_c} -O2 -flto)
symbols_called(called-c-types called.c ${called_c} -O2 -gdwarf-4 -fdebug-types-section)
symbols_called(called-c-none called.c ${CMAKE_C_COMPILER} -std=gnu17 -O2)
set(called_cxx ${CMAKE_CXX_COMPILER} -std=c++17 -g)
symbols_called(called-cxx-O0 called.cpp ${called_cxx} -O0)
symbols_called(called-cxx-O2 called.cpp ${called_cxx} -O2)
symbols_called(called-cxx-dwarf4 called.cpp ${called_cxx} -O0 -gdwarf-4)
symbols_called(called-cxx-types called.cpp ${called_cxx} -O2 -fdebug-types-section)
symbols_called(called-cxx-lto called.cpp ${called_cxx} -O2 -flto)
symbols_called(called-cxx-split called.cpp ${called_cxx} -O2 -gsplit-dwarf)
symbols_fixture(asked asked.cpp -std=c++17 -g -O0)
find_program(CALLED_CLANG NAMES clang clang-14)
find_program(CALLED_CLANGXX NAMES clang++ clang++-14)
if(CALLED_CLANG AND CALLED_CLANGXX)
  symbols_called(called-c-clang-O0 called.c ${CALLED_CLANG} -std=gnu17 -g -O0)
  symbols_called(called-c-clang-O2 called.c ${CALLED_CLANG} -std=gnu17 -g -O2)
  symbols_called(called-cxx-clang called.cpp ${CALLED_CLANGXX} -std=c++17 -g -O0)
endif()
find_program(RUSTC NAMES rustc)
if(RUSTC)
  symbols_called(called-rust called.rs ${RUSTC} -g)
  symbols_called(called-rust-O called.rs ${RUSTC} -g -O)
  symbols_called(called-rust-v0 called.rs ${RUSTC} -g -C symbol-mangling-version=v0)
endif()
if(GO)
  set(called_go ${CMAKE_COMMAND} -E env GOCACHE=${symbols_fixture_dir}/go-cache GO111MODULE=on GOFLAGS=-mod=mod
                GOPROXY=off GOTOOLCHAIN=local ${GO} build)
  add_custom_command(OUTPUT ${symbols_fixture_dir}/called-go ${symbols_fixture_dir}/called-go-N VERBATIM
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}/tracee/called_go
    DEPENDS ${PROJECT_SOURCE_DIR}/tracee/called_go/main.go ${PROJECT_SOURCE_DIR}/tracee/called_go/go.mod
    COMMAND ${called_go} -o ${symbols_fixture_dir}/called-go .
    COMMAND ${called_go} "-gcflags=all=-N -l" -o ${symbols_fixture_dir}/called-go-N .)
  list(APPEND symbols_fixture_files ${symbols_fixture_dir}/called-go ${symbols_fixture_dir}/called-go-N)
endif()
add_custom_target(symbols_fixtures DEPENDS ${symbols_fixture_files})

file(GLOB symbols_tests CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/symbols/*.cpp)
sidestep_test(symbols_test LABEL unit SOURCES ${symbols_tests} LINKS sidestep::symbols)
add_dependencies(symbols_test symbols_fixtures)
target_compile_definitions(symbols_test PRIVATE FIXTURES="${symbols_fixture_dir}"
                           FIXTURE_SOURCES="${symbols_fixture_sources}")
target_link_libraries(symbols_test PRIVATE ${CMAKE_DL_LIBS})
