# tests/<layer>/*_test.cpp -> test_<layer>; tests/examples -> test_examples, which runs the programs
# of example/; tests/model -> test_model, which only a TWILL_MODEL build has;
# tests/programs/<name>.cpp -> target program_<name>, program <build>/programs/<name>, for the command
# `twill`.

if(NOT CMAKE_CROSSCOMPILING)  # TwillCross builds it there
  find_package(GTest REQUIRED)
endif()
include(GoogleTest)

set(seconds 120)
if(TWILL_SANITIZE OR TWILL_MODEL OR CMAKE_CROSSCOMPILING)
  set(seconds 300)
endif()

add_custom_target(twill_tests)

# twill_test(<name>): one program of every tests/<name>/*.cpp, each of its tests known to ctest.
function(twill_test name)
  twill_glob(sources tests/${name}/*.cpp)
  if(NOT sources)
    return()
  endif()
  add_executable(test_${name} ${sources})
  twill_target(test_${name})
  target_include_directories(test_${name} PRIVATE ${PROJECT_SOURCE_DIR}/src
                                                  ${PROJECT_SOURCE_DIR}/tests)
  target_link_libraries(test_${name} PRIVATE twill::twill GTest::gtest_main)
  add_dependencies(twill_tests test_${name})
  gtest_discover_tests(test_${name} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60 NO_PRETTY_VALUES
                       PROPERTIES TIMEOUT ${seconds} LABELS ${name})
endfunction()

if(TWILL_MODEL)
  twill_test(model)
  return()
endif()

foreach(layer IN LISTS TWILL_LAYERS)
  twill_test(${layer})
endforeach()

# tests/mp/refused/<name>.cpp does not compile, for the reasons that its comments give.
twill_glob(sources tests/mp/refused/*.cpp)
foreach(source IN LISTS sources)
  cmake_path(GET source STEM name)
  add_test(NAME refused_${name} COMMAND sh ${PROJECT_SOURCE_DIR}/tests/mp/refused/prove.sh
                                        ${source} ${CMAKE_CXX_COMPILER})
  set_tests_properties(refused_${name} PROPERTIES TIMEOUT ${seconds} LABELS mp)
endforeach()

# tests/fuzz/<name>.cpp -> fuzz_<name>, by libFuzzer. A test runs it for a moment;
# `fuzz_decode corpus` goes on for ever and keeps what it finds in that folder.
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND NOT TWILL_SANITIZE)
  set(fuzz -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all)
  add_executable(fuzz_decode tests/fuzz/decode.cpp src/mp/reader.cpp src/mp/failure.cpp
                             src/platform/type_name.cpp)
  twill_target(fuzz_decode)
  target_compile_options(fuzz_decode PRIVATE ${fuzz} -O1)
  target_link_options(fuzz_decode PRIVATE ${fuzz})
  target_include_directories(
    fuzz_decode PRIVATE ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src
                        ${PROJECT_SOURCE_DIR}/tests)
  target_link_libraries(fuzz_decode PRIVATE ${TWILL_FMT})
  add_dependencies(twill_tests fuzz_decode)
  file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/corpus)
  add_test(NAME fuzz_decode COMMAND fuzz_decode -runs=20000 -max_total_time=10 -seed=1
                                    -malloc_limit_mb=64 ${PROJECT_BINARY_DIR}/corpus)
  set_tests_properties(fuzz_decode PROPERTIES TIMEOUT ${seconds} LABELS mp)
endif()

# Once more as in a sandbox that refuses membarrier(2).
foreach(layer park sync)
  if(TARGET test_${layer})
    add_test(NAME ${layer}_without_membarrier COMMAND test_${layer})
    set_tests_properties(${layer}_without_membarrier PROPERTIES ENVIRONMENT TWILL_FAULT=membarrier
                                                                TIMEOUT ${seconds} LABELS ${layer})
  endif()
endforeach()

# Once more with one worker on one processor, the first of those that may be used.
find_program(TWILL_TASKSET taskset)
if(TWILL_TASKSET AND NOT TWILL_SANITIZE AND NOT CMAKE_CROSSCOMPILING)
  foreach(layer IN ITEMS thread task)
    if(TARGET test_${layer})
      add_test(NAME ${layer}_on_one_processor
               COMMAND sh -c "exec taskset -c $(taskset -cp $$ | sed 's/.*: //; s/[-,].*//') \"$0\""
                       $<TARGET_FILE:test_${layer}>)
      set_tests_properties(${layer}_on_one_processor PROPERTIES ENVIRONMENT TWILL_CPU_COUNT=1
                                                                TIMEOUT ${seconds} LABELS ${layer})
    endif()
  endforeach()
endif()

if(TWILL_BUILD_EXAMPLES)
  twill_test(examples)
  if(TARGET test_examples)
    target_compile_definitions(
      test_examples
      PRIVATE TWILL_EXAMPLE_DIR="${TWILL_EXAMPLE_DIR}" TWILL_HAVE_HTTPLIB=$<BOOL:${HTTPLIB_FOUND}>
              TWILL_HAVE_PNG=$<BOOL:${PNG_FOUND}>
              TWILL_PUZZLES="$<JOIN:${TWILL_PUZZLES}, >"
              TWILL_EXAMPLE_LAUNCHER="$<JOIN:${CMAKE_CROSSCOMPILING_EMULATOR}, >")
    add_dependencies(test_examples twill_examples)
    if(TARGET twill_command AND NOT CMAKE_CROSSCOMPILING)
      set(TWILL_PROGRAM_DIR ${PROJECT_BINARY_DIR}/programs)
      target_compile_definitions(
        test_examples PRIVATE TWILL_COMMAND="$<TARGET_FILE:twill_command>"
                              TWILL_PROGRAM_DIR="${TWILL_PROGRAM_DIR}")
      add_dependencies(test_examples twill_command)
      twill_glob(programs tests/programs/*.cpp)
      foreach(source IN LISTS programs)
        cmake_path(GET source STEM name)
        add_executable(program_${name} ${source})
        twill_target(program_${name})
        target_link_libraries(program_${name} PRIVATE twill::twill)
        set_target_properties(program_${name} PROPERTIES OUTPUT_NAME ${name})
        set_target_properties(program_${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY
                                                         ${TWILL_PROGRAM_DIR})
        add_dependencies(test_examples program_${name})
      endforeach()
    endif()
  endif()
endif()

# What a user does: install, then build against the installed files. Slow, so in one build only.
if(CMAKE_BUILD_TYPE STREQUAL "Release" AND PROJECT_IS_TOP_LEVEL AND NOT CMAKE_CROSSCOMPILING)
  foreach(way cmake pkgconfig shared)
    add_test(NAME consumer_${way}
             COMMAND sh ${PROJECT_SOURCE_DIR}/tests/consumer/prove.sh ${way} ${PROJECT_BINARY_DIR}
                     ${CMAKE_CXX_COMPILER})
    set_tests_properties(consumer_${way} PROPERTIES TIMEOUT 600 LABELS consumer)
  endforeach()
  add_dependencies(twill_tests twill)
endif()
