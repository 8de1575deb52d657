# benchmarks/*.cpp -> twill_bench, which measures twill beside the peers that a user would pick.

find_package(TBB REQUIRED)
find_package(absl REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS thread)
find_path(TWILL_CONCURRENTQUEUE concurrentqueue/concurrentqueue.h REQUIRED)

twill_glob(sources benchmarks/*.cpp)
if(sources)
  add_executable(twill_bench ${sources})
  twill_target(twill_bench)
  target_include_directories(twill_bench PRIVATE ${PROJECT_SOURCE_DIR}/benchmarks)
  target_include_directories(twill_bench SYSTEM PRIVATE ${TWILL_CONCURRENTQUEUE})
  target_link_libraries(twill_bench PRIVATE twill::twill TBB::tbb Boost::thread
                                            absl::synchronization absl::time)
endif()
