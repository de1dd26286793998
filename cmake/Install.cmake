# What `cmake --install` puts in place: the tool. The library's headers follow once its face is stable.
install(TARGETS sidestep RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
