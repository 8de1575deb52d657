# src/<layer>/*.cpp -> twill, and src/model/*.cpp in a TWILL_MODEL build, where <stem>.model.cpp takes
# the place of src/platform/<stem>.linux.cpp or <stem>.cpp.

set(layers ${TWILL_LAYERS})
if(TWILL_MODEL)
  list(PREPEND layers model)
endif()
list(TRANSFORM layers REPLACE "(.+)" "src/\\1/*.cpp;src/\\1/*/*.cpp" OUTPUT_VARIABLE patterns)
twill_glob(sources ${patterns})
foreach(source IN LISTS sources)
  if(source MATCHES "/src/model/([a-z_]+)\\.model\\.cpp$")
    list(FILTER sources EXCLUDE REGEX "/src/platform/${CMAKE_MATCH_1}(\\.linux)?\\.cpp$")
  endif()
endforeach()

# Fibers change places by Boost.Context, or in C where it is missing.
find_library(TWILL_CONTEXT boost_context)
find_path(TWILL_CONTEXT_HEADERS boost/context/detail/fcontext.hpp)
if(TWILL_CONTEXT AND TWILL_CONTEXT_HEADERS AND NOT CMAKE_CROSSCOMPILING)
  list(FILTER sources EXCLUDE REGEX "/jump\\.ucontext\\.cpp$")
else()
  unset(TWILL_CONTEXT CACHE)
  list(FILTER sources EXCLUDE REGEX "/jump\\.boost\\.cpp$")
endif()

if(NOT sources)
  file(WRITE ${PROJECT_BINARY_DIR}/empty.cpp "")
  set(sources ${PROJECT_BINARY_DIR}/empty.cpp)
endif()

find_package(Threads REQUIRED)
if(CMAKE_CROSSCOMPILING)
  include(TwillCross)  # fmt and GoogleTest from their sources
  set(TWILL_FMT fmt::fmt-header-only)
else()
  find_package(fmt REQUIRED)
  set(TWILL_FMT fmt::fmt)
endif()

add_library(twill ${sources})
add_library(twill::twill ALIAS twill)
twill_target(twill)
target_include_directories(
  twill
  PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
         $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>
  PRIVATE ${PROJECT_SOURCE_DIR}/src)
target_compile_definitions(
  twill PUBLIC $<$<BOOL:${TWILL_MODEL}>:TWILL_MODEL=1>
               $<BUILD_INTERFACE:$<$<CONFIG:Debug>:TWILL_WALK_SITES=1>>)
target_link_libraries(twill PUBLIC ${TWILL_FMT} Threads::Threads)
set_target_properties(twill PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}
                                       EXPORT_NAME twill)

# Every program can be explored, also one that uses locks alone.
set(TWILL_EXPLORABLE -Wl,--undefined=twill_can_explore)
if(NOT TWILL_MODEL)
  target_link_options(twill INTERFACE ${TWILL_EXPLORABLE})
endif()

if(TWILL_CONTEXT)
  target_link_libraries(twill PRIVATE boost_context)
endif()

# GCC ships libbacktrace beside its own libraries, and both compilers search there. Only the header
# is copied, since that folder also holds headers that must not reach clang.
execute_process(
  COMMAND ${CMAKE_CXX_COMPILER} ${CMAKE_CXX_COMPILER_ARG1} -print-file-name=libbacktrace.a
  OUTPUT_VARIABLE backtrace_library OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
cmake_path(GET backtrace_library PARENT_PATH backtrace_folder)
if(EXISTS "${backtrace_library}" AND EXISTS "${backtrace_folder}/include/backtrace.h")
  set(TWILL_BACKTRACE backtrace)
  configure_file(${backtrace_folder}/include/backtrace.h
                 ${PROJECT_BINARY_DIR}/backtrace/backtrace.h COPYONLY)
  target_include_directories(twill SYSTEM PRIVATE ${PROJECT_BINARY_DIR}/backtrace)
  target_compile_definitions(twill PRIVATE TWILL_HAVE_BACKTRACE=1)
  target_link_libraries(twill PRIVATE ${TWILL_BACKTRACE})
  if(BUILD_SHARED_LIBS)
    target_link_options(twill PRIVATE -Wl,--exclude-libs,libbacktrace.a)
  endif()
else()
  message(STATUS "twill: no libbacktrace, so reports show addresses instead of files and lines")
endif()
