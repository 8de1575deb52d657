# Debian has no fmt or GoogleTest of another architecture beside the machine's own, so a cross build
# uses fmt's headers alone and compiles GoogleTest from the package's sources.

find_path(TWILL_FMT_HEADERS fmt/format.h REQUIRED NO_CMAKE_FIND_ROOT_PATH)
file(COPY ${TWILL_FMT_HEADERS}/fmt DESTINATION ${PROJECT_BINARY_DIR}/headers)
add_library(twill_fmt INTERFACE IMPORTED GLOBAL)
add_library(fmt::fmt-header-only ALIAS twill_fmt)
target_include_directories(twill_fmt SYSTEM INTERFACE ${PROJECT_BINARY_DIR}/headers)
target_compile_definitions(twill_fmt INTERFACE FMT_HEADER_ONLY=1)

if(TWILL_BUILD_TESTS)
  set(INSTALL_GTEST OFF)
  set(BUILD_GMOCK OFF)
  add_subdirectory(/usr/src/googletest ${PROJECT_BINARY_DIR}/googletest EXCLUDE_FROM_ALL SYSTEM)
endif()
