// Paths: items to and from another process, in order; what cannot be encoded throws in the caller;
// full and empty.

#include <gtest/gtest.h>
#include <string>
#include <twill/mp/simple_queue.hpp>
#include <twill/platform/error.hpp>

#include "support/children.hpp"

namespace {

using namespace std::chrono_literals;
namespace mp = twill::mp;
using support::Child;

TEST(MpSimpleQueueTest, XQ9_items_cross_in_order) {
  mp::SimpleQueue<std::string> there;
  mp::SimpleQueue<std::string> back;
  Child child([&] {
    for (int i = 0; i < 100; ++i) back.put(there.get() + "!");
    return true;
  });
  for (int i = 0; i < 100; ++i) there.put(std::to_string(i));
  for (int i = 0; i < 100; ++i) ASSERT_EQ(back.get(), std::to_string(i) + "!");
  EXPECT_TRUE(child.succeeds());
  EXPECT_TRUE(back.empty());
}

TEST(MpSimpleQueueTest, XQ9_put_fails_in_the_caller_or_finds_no_room) {
  mp::SimpleQueue<std::string> queue({.bytes = 4096, .name = "small"});
  EXPECT_THROW(queue.put(std::string(4096, 'x')), twill::ValueError);
  EXPECT_TRUE(queue.empty());
  while (queue.try_put(std::string(1000, 'x'))) continue;
  EXPECT_THROW(queue.put_nowait(std::string(1000, 'x')), twill::Full);
  EXPECT_EQ(queue.qsize(), 4U);
  EXPECT_EQ(queue.name(), "small");
}

TEST(MpSimpleQueueTest, XQ9_nothing_goes_after_close) {
  mp::SimpleQueue<int> queue;
  queue.put(1);
  queue.close();
  EXPECT_THROW(queue.put(2), twill::ValueError);
  EXPECT_THROW(queue.get(), twill::ValueError);
}

template <class Q>
concept Shuts = requires(Q q) { q.shutdown(); };
static_assert(!Shuts<mp::SimpleQueue<int>>);

}  // namespace
