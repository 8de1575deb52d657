// Paths: no group, limits of both versions, of the group and of those round it, damaged files.

#include "platform/cpu_count.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

#include <twill/thread/threading.hpp>

#include "support/groups.hpp"
#include "support/one_processor.hpp"

namespace {

int cpus_of_groups(const std::string& membership, const std::string& mount) {
  return twill::detail::cpus_of_groups(twill::detail::control_groups(membership, mount, "cpu"));
}

using Groups = support::Groups;

TEST_F(Groups, P10_without_a_limit) {
  EXPECT_EQ(cpus_of_groups("", root_), 0);
  EXPECT_EQ(cpus_of_groups("0::/", root_), 0);
  write("/a/cpu.max", "max 100000\n");
  EXPECT_EQ(cpus_of_groups("0::/a\n", root_), 0);
}

TEST_F(Groups, P10_the_limit_is_rounded_up) {
  write("/cpu.max", "150000 100000\n");
  EXPECT_EQ(cpus_of_groups("0::/\n", root_), 2);
  write("/cpu.max", "10000 100000\n");
  EXPECT_EQ(cpus_of_groups("0::/\n", root_), 1);
}

TEST_F(Groups, P10_the_least_of_a_group_and_those_round_it) {
  write("/a/cpu.max", "300000 100000\n");
  write("/a/b/cpu.max", "max 100000\n");
  write("/a/b/c/cpu.max", "800000 100000\n");
  EXPECT_EQ(cpus_of_groups("0::/a/b/c\n", root_), 3);
}

TEST_F(Groups, P10_of_the_first_version) {
  write("/cpu/a/cpu.cfs_quota_us", "250000\n");
  write("/cpu/a/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(cpus_of_groups("5:memory:/a\n4:cpuacct,cpu:/a\n", root_), 3);
  write("/cpu/a/cpu.cfs_quota_us", "-1\n");
  EXPECT_EQ(cpus_of_groups("4:cpuacct,cpu:/a\n", root_), 0);
}

TEST_F(Groups, P10_damaged_files_are_no_limit) {
  write("/cpu.max", "many\n");
  EXPECT_EQ(cpus_of_groups("0::/\nnonsense\n:\n", root_), 0);
}

TEST(CpuCountTest, P10_affinity_and_the_environment) {
  EXPECT_GE(twill::process_cpu_count(), 1);
  {
    const support::OneProcessor pinned;
    EXPECT_EQ(twill::process_cpu_count(), 1);
  }
  setenv("TWILL_CPU_COUNT", "7", 1);
  EXPECT_EQ(twill::process_cpu_count(), 7);
  setenv("TWILL_CPU_COUNT", "many", 1);
  EXPECT_LT(twill::process_cpu_count(), 1'000'000);
  unsetenv("TWILL_CPU_COUNT");
}

}  // namespace
