// Paths: reserved and zeroed; sealed both ways; not inherited by exec; too much wanted, and refused
// by the system; named: made, made twice, opened, missing, unlinked twice, a bad name.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

#include <twill/platform/error.hpp>

#include "platform/fault.hpp"
#include "platform/memory_file.hpp"

namespace twill::detail {
namespace {

template <class F>
OSError os_error(F f) {
  try {
    f();
  } catch (const OSError& error) {
    return error;
  }
  return {0, "none"};
}

TEST(MemoryFileTest, is_zeroed_reserved_and_of_one_size_for_ever) {
  const int file = make_memory_file("test", 10'000);
  struct stat status;
  ASSERT_EQ(fstat(file, &status), 0);
  EXPECT_EQ(status.st_size, 10'000);
  EXPECT_GE(status.st_blocks * 512, 10'000);
  EXPECT_NE(ftruncate(file, 0), 0);
  EXPECT_NE(ftruncate(file, 20'000), 0);
  EXPECT_EQ(fcntl(file, F_GETFD), FD_CLOEXEC);
  auto* const bytes = static_cast<char*>(map_memory_file(file, 10'000));
  EXPECT_EQ(std::string(bytes, 10'000), std::string(10'000, '\0'));
  unmap_memory_file(bytes, 10'000);
  close_memory_file(file);
}

TEST(MemoryFileTest, too_much_is_an_error_that_says_what_is_wanted_and_what_is_free) {
  const int next = dup(0);
  close(next);
  for (const bool refused : {false, true}) {
    if (refused) refuse_after(Fault::memory_file, 0);
    const std::size_t wanted = refused ? 4096 : std::size_t{1} << 50;
    const OSError error = os_error([&] { make_memory_file("test", wanted); });
    refuse_no_more(Fault::memory_file);
    EXPECT_EQ(error.code().value(), ENOSPC);
    EXPECT_NE(std::string(error.what()).find(std::to_string(wanted) + " bytes are wanted, "),
              std::string::npos)
        << error.what();
  }
  const OSError error = os_error([&] { make_named_memory("twill_test", std::size_t{1} << 50); });
  EXPECT_NE(std::string(error.what()).find("/dev/shm"), std::string::npos) << error.what();
  EXPECT_EQ(os_error([] { unlink_named_memory("twill_test"); }).code().value(), ENOENT);
  const int after = dup(0);
  close(after);
  EXPECT_EQ(after, next);  // no descriptor is left open
}

TEST(MemoryFileTest, a_name_is_for_one_file_and_for_this_user) {
  const std::string name = "twill_test_" + std::to_string(getpid());
  const int file = make_named_memory(name, 100);
  struct stat status;
  ASSERT_EQ(fstat(file, &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  EXPECT_EQ(os_error([&] { make_named_memory(name, 100); }).code().value(), EEXIST);
  std::size_t bytes = 0;
  close_memory_file(open_named_memory(name, bytes));
  EXPECT_EQ(bytes, 100u);
  unlink_named_memory(name);
  EXPECT_EQ(os_error([&] { open_named_memory(name, bytes); }).code().value(), ENOENT);
  EXPECT_EQ(os_error([&] { unlink_named_memory(name); }).code().value(), ENOENT);
  EXPECT_THROW(make_named_memory("a/b", 100), ValueError);
  close_memory_file(file);
}

}  // namespace
}  // namespace twill::detail
