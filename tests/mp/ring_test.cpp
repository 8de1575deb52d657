// The row of messages in shared memory: order, room, the end of the memory, the numbers, who is
// killed in the midst of it, and what hostile processes write.

#include <algorithm>
#include <cstring>
#include <deque>
#include <gtest/gtest.h>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <twill/mp/decode_error.hpp>

#include "mp/ring.hpp"

namespace {

using twill::mp::detail::Ring;

struct Memory {
  explicit Memory(std::size_t size) : bytes(size / 8) {}
  Ring ring() { return {shared, std::as_writable_bytes(std::span(bytes))}; }
  Ring::Shared shared;
  std::vector<std::uint64_t> bytes;
};

bool put(Ring& ring, const std::string& text) {
  std::byte* const room = ring.room_for(text.size());
  if (room == nullptr) return false;
  std::memcpy(room, text.data(), text.size());
  ring.put(text.size());
  return true;
}

std::string text_of(const Ring::Message& message) {
  return {reinterpret_cast<const char*>(message.bytes.data()), message.bytes.size()};
}

std::string get(Ring& ring) {
  const auto first = ring.first();
  if (!first) return "nothing";
  const std::string text = text_of(*first);
  ring.drop(*first);
  return text;
}

TEST(RingTest, what_is_put_is_got_in_that_order) {
  Memory memory(128);
  Ring ring = memory.ring();
  EXPECT_EQ(get(ring), "nothing");
  EXPECT_TRUE(put(ring, "one"));
  EXPECT_TRUE(put(ring, ""));
  EXPECT_TRUE(put(ring, "a third one"));
  EXPECT_EQ(ring.size(), 3U);
  EXPECT_EQ(get(ring), "one");
  EXPECT_EQ(get(ring), "");
  EXPECT_EQ(get(ring), "a third one");
  EXPECT_EQ(get(ring), "nothing");
  EXPECT_EQ(ring.size(), 0U);
}

TEST(RingTest, the_longest_one_fits_wherever_it_begins) {
  Memory memory(128);
  Ring ring = memory.ring();
  const std::string longest(ring.longest(), 'x');
  EXPECT_EQ(ring.room_for(ring.longest() + 1), nullptr);
  for (int begin = 0; begin < 20; ++begin) {
    ASSERT_TRUE(put(ring, longest)) << begin;
    ASSERT_EQ(get(ring), longest);
    ASSERT_TRUE(put(ring, ""));
    ASSERT_EQ(get(ring), "");
  }
}

TEST(RingTest, memory_that_is_in_the_caches_is_used_again_once_the_ring_is_empty) {
  constexpr std::size_t kSize = 256 * 1024;
  Memory memory(kSize);
  Ring ring = memory.ring();
  std::byte* const start = ring.room_for(0);
  std::ptrdiff_t furthest = 0;
  for (int i = 0; i < 10'000; ++i) {
    const std::string text(static_cast<std::size_t>(i % 100), 'x');
    furthest = std::max(furthest, ring.room_for(text.size()) - start);
    ASSERT_TRUE(put(ring, text)) << i;
    ASSERT_EQ(get(ring), text) << i;
  }
  EXPECT_LT(furthest, static_cast<std::ptrdiff_t>(kSize) / 4);
}

TEST(RingTest, holds_as_much_wherever_it_began_again) {
  constexpr std::size_t kSize = 64 * 1024;
  Memory memory(kSize);
  Ring ring = memory.ring();
  std::mt19937 random(1);
  std::deque<std::string> expected;
  for (int i = 0; i < 3'000; ++i) {
    const bool drains = random() % 20 == 0;
    const std::string text(random() % (i % 10 == 0 ? ring.longest() : 300), static_cast<char>(i));
    if (put(ring, text))
      expected.push_back(text);
    else
      ASSERT_FALSE(expected.empty()) << i;  // there is always room in an empty one
    for (std::size_t n = drains ? expected.size() : random() % 2; n > 0 && !expected.empty(); --n) {
      ASSERT_EQ(get(ring), expected.front()) << i;
      expected.pop_front();
    }
    ASSERT_EQ(ring.size(), expected.size());
  }
}

TEST(RingTest, one_that_is_empty_holds_its_memory_wherever_it_is) {
  constexpr std::size_t kSize = 64 * 1024;
  Memory memory(kSize);
  Ring ring = memory.ring();
  const std::string text(248, 'x');
  for (int passed = 0; passed < 400; ++passed) {
    for (int i = 0; i < passed; ++i) {
      ASSERT_TRUE(put(ring, text));
      ASSERT_EQ(get(ring), text);
    }
    std::size_t there = 0;
    while (put(ring, text)) ++there;
    ASSERT_GE(there, kSize / 256 - 1) << passed;
    while (get(ring) != "nothing") continue;
  }
}

TEST(RingTest, who_is_killed_on_the_way_to_the_start_is_followed_by_messages_of_any_length) {
  for (const std::size_t size : {8, 24}) {
    Memory memory(64);
    Ring ring = memory.ring();
    ASSERT_TRUE(put(ring, std::string(24, 'a')));
    ASSERT_EQ(get(ring), std::string(24, 'a'));
    ASSERT_TRUE(put(ring, "12345678"));
    ASSERT_EQ(get(ring), "12345678");
    const std::uint64_t tail = memory.shared.tail;
    ASSERT_TRUE(put(ring, std::string(24, 'b')));
    memory.shared.tail = tail;  // was killed just before that
    EXPECT_EQ(get(ring), "nothing");
    ASSERT_TRUE(put(ring, std::string(size, 'c')));
    EXPECT_EQ(get(ring), std::string(size, 'c'));
    EXPECT_EQ(get(ring), "nothing");
  }
}

TEST(RingTest, a_full_one_has_room_again_when_something_was_taken) {
  Memory memory(64);
  Ring ring = memory.ring();
  int there = 0;
  while (put(ring, "12345678")) ++there;
  EXPECT_EQ(there, 4);
  EXPECT_EQ(get(ring), "12345678");
  EXPECT_TRUE(put(ring, "other"));
  EXPECT_FALSE(put(ring, "other"));
}

TEST(RingTest, agrees_with_a_deque_over_very_many_messages) {
  Memory memory(256);
  Ring ring = memory.ring();
  std::deque<std::string> expected;
  std::mt19937 random(7);
  for (int i = 0; i < 200'000; ++i) {
    const std::string text(random() % 60, static_cast<char>('a' + i % 26));
    if (random() % 2 == 0) {
      if (put(ring, text)) expected.push_back(text);
    } else if (!expected.empty()) {
      ASSERT_EQ(get(ring), expected.front()) << i;
      expected.pop_front();
    }
    ASSERT_EQ(ring.size(), expected.size());
  }
}

TEST(RingTest, positions_begin_again_at_zero) {
  Memory memory(64);
  constexpr std::uint64_t kAlmost = 0xFFFF'FFFE'FFFF'FFF0;  // as after very many messages
  memory.shared.head = memory.shared.tail = kAlmost;
  memory.shared.known_head = memory.shared.known_tail = kAlmost;
  Ring ring = memory.ring();
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(put(ring, std::to_string(i)));
    ASSERT_EQ(ring.size(), 1U);
    ASSERT_EQ(get(ring), std::to_string(i));
  }
}

TEST(RingTest, who_is_killed_has_put_all_or_nothing) {
  Memory memory(128);
  Ring ring = memory.ring();
  put(ring, "before");
  std::memset(ring.room_for(40), 'x', 40);  // and ends here
  EXPECT_EQ(ring.size(), 1U);
  put(ring, "after");
  EXPECT_EQ(get(ring), "before");
  ASSERT_TRUE(ring.first().has_value());  // who looked, and ended here, took nothing
  EXPECT_EQ(get(ring), "after");
  EXPECT_EQ(get(ring), "nothing");
}

TEST(RingTest, two_threads) {
  Memory memory(1'024);
  constexpr int kMessages = 200'000;
  std::jthread putter([&memory] {
    Ring ring = memory.ring();
    for (int i = 0; i < kMessages; ++i)
      while (!put(ring, std::to_string(i))) std::this_thread::yield();
  });
  Ring ring = memory.ring();
  for (int i = 0; i < kMessages;) {
    const std::string text = get(ring);
    if (text == "nothing") {
      std::this_thread::yield();
      continue;
    }
    ASSERT_EQ(text, std::to_string(i));
    ++i;
  }
}

/// Whatever is in the memory: an answer within it, or DecodeError.
TEST(RingTest, damage_is_found) {
  std::mt19937_64 random(11);
  int found = 0;
  for (int round = 0; round < 20'000; ++round) {
    Memory memory(128);
    Ring ring = memory.ring();
    while (put(ring, "12345")) continue;
    std::uint64_t* const words[] = {memory.bytes.data() + random() % memory.bytes.size(),
                                    &memory.shared.known_tail, &memory.shared.known_head};
    *words[random() % 3] = random() >> (random() % 64);
    if (random() % 4 == 0) memory.shared.head = random();
    if (random() % 4 == 0) memory.shared.tail = random();
    if (random() % 2 == 0) memory.shared.left = static_cast<std::uint32_t>(memory.shared.head);
    try {
      for (int i = 0; i < 30; ++i) {
        const auto first = ring.first();
        if (!first) break;
        const auto all = std::as_bytes(std::span(memory.bytes));
        ASSERT_GE(first->bytes.data(), all.data());
        ASSERT_LE(first->bytes.data() + first->bytes.size(), all.data() + all.size());
        ring.drop(*first);
        if (std::byte* const room = ring.room_for(5); room != nullptr) {
          ASSERT_GE(room, all.data());
          ASSERT_LE(room + 5, all.data() + all.size());
        }
      }
    } catch (const twill::mp::DecodeError&) {
      ++found;
    }
  }
  EXPECT_GT(found, 1'000);
}

}  // namespace
