# command/twill.cpp -> the command `twill`.

find_package(CLI11 QUIET)
if(NOT CLI11_FOUND)
  message(STATUS "twill: no CLI11, so the command `twill` is left out")
  return()
endif()
# request.cpp is not for users: a libtwill.so keeps it to itself.
add_executable(twill_command command/twill.cpp src/tools/explore/request.cpp)
twill_target(twill_command)
target_include_directories(twill_command PRIVATE ${PROJECT_SOURCE_DIR}/src)
target_link_libraries(twill_command PRIVATE twill::twill CLI11::CLI11)
set_target_properties(twill_command PROPERTIES OUTPUT_NAME twill)
install(TARGETS twill_command)
