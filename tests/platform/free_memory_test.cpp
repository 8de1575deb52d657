// Paths: no group, no limit, limits of both versions, what is kept of files, more used than
// allowed, the least of a group and those round it; this process.

#include "platform/free_memory.hpp"

#include <cstdint>
#include <gtest/gtest.h>
#include <string>

#include "support/groups.hpp"

namespace twill::detail {
namespace {

std::size_t free_by(const std::string& membership, const std::string& mount) {
  return free_in_groups(control_groups(membership, mount, "memory"));
}

using FreeMemoryTest = support::Groups;

TEST_F(FreeMemoryTest, no_group_limits_anything) {
  EXPECT_EQ(free_by("", root_), SIZE_MAX);
  write("/a/memory.max", "max\n");
  write("/a/memory.current", "1000\n");
  EXPECT_EQ(free_by("0::/a\n", root_), SIZE_MAX);
  EXPECT_GT(free_memory(), 0u);
}

TEST_F(FreeMemoryTest, what_is_kept_of_files_is_free) {
  write("/a/memory.max", "5000\n");
  write("/a/memory.current", "4000\n");
  EXPECT_EQ(free_by("0::/a\n", root_), 1000u);
  write("/a/memory.stat", "anon 7\ninactive_file 500\n");
  EXPECT_EQ(free_by("0::/a\n", root_), 1500u);
  write("/a/memory.current", "6000\n");
  EXPECT_EQ(free_by("0::/a\n", root_), 0u);
}

TEST_F(FreeMemoryTest, the_least_of_a_group_and_those_round_it) {
  for (const char* group : {"/a", "/a/b"}) {
    write(std::string(group) + "/memory.max", group[2] == '\0' ? "3000\n" : "9000\n");
    write(std::string(group) + "/memory.current", "1000\n");
  }
  EXPECT_EQ(free_by("0::/a/b\n", root_), 2000u);
}

TEST_F(FreeMemoryTest, of_the_first_version) {
  write("/memory/a/memory.limit_in_bytes", "8000\n");
  write("/memory/a/memory.usage_in_bytes", "5000\n");
  write("/memory/a/memory.stat", "inactive_file 1\ntotal_inactive_file 600\n");
  EXPECT_EQ(free_by("5:cpu:/\n4:memory:/a\n", root_), 3600u);
}

}  // namespace
}  // namespace twill::detail
