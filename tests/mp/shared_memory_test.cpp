// Paths: shared with a child, and gone after; no size; named: both ends, made twice, missing,
// unlinked twice, closed twice; a value that processes count on, and one whose owner is killed.

#include <cerrno>
#include <gtest/gtest.h>
#include <twill/mp/shared_memory.hpp>
#include <twill/mp/value.hpp>
#include <twill/platform/error.hpp>
#include <vector>

#include "platform/robust.hpp"
#include "support/children.hpp"
#include "support/errno_of.hpp"

namespace {

using support::Child;
using support::errno_of;
namespace mp = twill::mp;

TEST(SharedMemoryTest, a_child_writes_what_its_parent_reads) {
  mp::SharedMemory memory(5000);
  EXPECT_EQ(memory.size(), 5000u);
  EXPECT_EQ(memory.buf()[4999], std::byte{0});
  EXPECT_TRUE(Child([&] { return memory.buf()[4999] = std::byte{7}, true; }).succeeds());
  EXPECT_EQ(memory.buf()[4999], std::byte{7});
  memory.close();
  memory.close();
  EXPECT_TRUE(memory.buf().empty());
  EXPECT_EQ(memory.size(), 5000u);
  EXPECT_THROW(mp::SharedMemory(0), twill::ValueError);
  EXPECT_THROW(memory.unlink(), twill::ValueError);
}

TEST(SharedMemoryTest, a_name_leads_others_to_it_until_unlink) {
  const std::string name = "twill_memory_" + std::to_string(getpid());
  mp::SharedMemory memory(name, 100);
  EXPECT_EQ(errno_of([&] { mp::SharedMemory(name, 100); }), EEXIST);
  mp::SharedMemory other = mp::SharedMemory::attach(name);
  EXPECT_EQ(other.size(), 100u);
  other.buf()[3] = std::byte{9};
  EXPECT_EQ(memory.buf()[3], std::byte{9});
  memory.unlink();
  EXPECT_EQ(errno_of([&] { memory.unlink(); }), ENOENT);
  EXPECT_EQ(errno_of([&] { mp::SharedMemory::attach(name); }), ENOENT);
  memory.buf()[3] = std::byte{1};
  EXPECT_EQ(other.buf()[3], std::byte{1});
}

TEST(MpValueTest, processes_count_on_it) {
  if (!twill::detail::robust_works()) GTEST_SKIP() << "no list of robust futexes";
  mp::Value<long> value;
  EXPECT_EQ(value.get(), 0);
  std::vector<Child> crowd;
  for (int i = 0; i < 3; ++i)
    crowd.emplace_back([&] {
      for (int n = 0; n < 1000; ++n) {
        const twill::Hold hold(value);
        value.set(value.get() + 1);
      }
      return true;
    });
  for (Child& child : crowd) EXPECT_TRUE(child.succeeds());
  EXPECT_EQ(value.get(), 3000);
  Child([&] { return value.lock(), true; }).succeeds();
  EXPECT_THROW(value.get(), mp::OwnerDied);
}

}  // namespace
