# `cmake --install`: the tool, the library with its face, a CMake package and a pkg-config file.
# `cpack` makes a TGZ and a DEB of the same.
include(CMakePackageConfigHelpers)

# Static libraries: whoever links one links all of them, and what they need from others.
set(components face core linux amd64 displaced inplace symbols output session)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/sidestep)
set(targets)
foreach(component IN LISTS components)
  list(APPEND targets sidestep_${component})
  set_target_properties(sidestep_${component} PROPERTIES EXPORT_NAME ${component})
endforeach()

install(TARGETS sidestep RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS ${targets} EXPORT sidestep-targets
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY include/sidestep DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT sidestep-targets NAMESPACE sidestep:: DESTINATION ${package_dir})

configure_package_config_file(cmake/sidestep-config.cmake.in sidestep-config.cmake
                              INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(sidestep-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/sidestep-config.cmake
              ${CMAKE_CURRENT_BINARY_DIR}/sidestep-config-version.cmake
        DESTINATION ${package_dir})
configure_file(cmake/sidestep.pc.in sidestep.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/sidestep.pc
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

set(CPACK_GENERATOR TGZ DEB)
set(CPACK_PACKAGE_VENDOR sidestep)
set(CPACK_PACKAGE_CONTACT "the sidestep developers")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
include(CPack)
