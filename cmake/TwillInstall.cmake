# cmake --install gives a prefix that find_package(twill) and pkg-config both understand.
include(CMakePackageConfigHelpers)

set(cmake_folder ${CMAKE_INSTALL_LIBDIR}/cmake/twill)
install(TARGETS twill EXPORT twillTargets)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/twill DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})

if(CMAKE_CROSSCOMPILING)
  return()  # cmake's export would name the stand-in for fmt; a distribution builds natively
endif()

install(EXPORT twillTargets NAMESPACE twill:: DESTINATION ${cmake_folder})
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/twillConfig.cmake.in
                              ${PROJECT_BINARY_DIR}/twillConfig.cmake
                              INSTALL_DESTINATION ${cmake_folder})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/twillConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/twillConfig.cmake ${PROJECT_BINARY_DIR}/twillConfigVersion.cmake
        DESTINATION ${cmake_folder})

# A static twill brings its private libraries along, a shared one has them inside.
set(private_libraries "")
if(NOT BUILD_SHARED_LIBS AND TWILL_BACKTRACE)
  string(APPEND private_libraries " -l${TWILL_BACKTRACE}")
endif()
if(NOT BUILD_SHARED_LIBS AND TWILL_CONTEXT)
  string(APPEND private_libraries " -lboost_context")
endif()
configure_file(${PROJECT_SOURCE_DIR}/cmake/twill.pc.in ${PROJECT_BINARY_DIR}/twill.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/twill.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
