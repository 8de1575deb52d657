// Paths: a piece of every size; pieces side by side; given back in any order, and all is one piece
// again; full; more than can be; too little memory.

#include <algorithm>
#include <cstring>
#include <gtest/gtest.h>
#include <memory>
#include <random>
#include <twill/mp/shared_heap.hpp>
#include <twill/platform/error.hpp>
#include <vector>

namespace {

using twill::mp::MemoryError;
using twill::mp::detail::SharedHeap;

class SharedHeapTest : public testing::Test {
 protected:
  static constexpr std::size_t kSize = 1 << 16;
  struct alignas(64) Memory {
    std::byte bytes[kSize];
  };
  std::unique_ptr<Memory> memory_ = std::make_unique<Memory>();
  SharedHeap& heap_ = *::new (memory_->bytes) SharedHeap(memory_->bytes);
};

TEST_F(SharedHeapTest, whatever_is_given_back_is_one_piece_again) {
  struct Piece {
    unsigned char* at;
    std::size_t size;
    unsigned char mark;
  };
  const std::size_t all = heap_.left();
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  std::vector<Piece> pieces;
  const auto give_back = [&](std::size_t i) {
    const Piece piece = pieces[i];
    EXPECT_TRUE(std::all_of(piece.at, piece.at + piece.size,
                            [&](unsigned char byte) { return byte == piece.mark; }));
    heap_.deallocate(piece.at, piece.size);
    pieces.erase(pieces.begin() + static_cast<std::ptrdiff_t>(i));
  };
  int refused = 0;
  for (int i = 0; i < 20'000; ++i) {
    if (random() % 5 < 2 && !pieces.empty()) {
      give_back(random() % pieces.size());
      continue;
    }
    const std::size_t size = 1 + (random() % (1u << random() % 12));
    try {
      auto* const at = static_cast<unsigned char*>(heap_.allocate(size));
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(at) % 16, 0u);
      pieces.push_back({at, size, static_cast<unsigned char>(random())});
      std::memset(at, pieces.back().mark, size);
    } catch (const MemoryError&) {
      ++refused;
      give_back(random() % pieces.size());
    }
  }
  EXPECT_GT(refused, 0);
  while (!pieces.empty()) give_back(random() % pieces.size());
  EXPECT_EQ(heap_.left(), all);
  heap_.deallocate(heap_.allocate(all - 16), all - 16);
  EXPECT_EQ(heap_.left(), all);
}

TEST_F(SharedHeapTest, says_what_is_wanted_and_what_is_free) {
  const std::size_t left = heap_.left();
  try {
    static_cast<void>(heap_.allocate(left));  // what stands before a piece counts, too
    FAIL();
  } catch (const MemoryError& error) {
    EXPECT_EQ(std::string(error.what()), "a shared container is full: " + std::to_string(left) +
                                             " bytes are wanted in one piece, " +
                                             std::to_string(left) + " are free in all");
  }
  EXPECT_THROW(static_cast<void>(heap_.allocate(~std::size_t{0} / 4)), MemoryError);
  EXPECT_THROW(static_cast<void>(heap_.allocate(8, 64)), MemoryError);
  EXPECT_EQ(heap_.left(), left);
}

TEST_F(SharedHeapTest, too_little_memory_is_refused) {
  const std::span<std::byte> little(memory_->bytes, 500);
  EXPECT_THROW(SharedHeap{little}, twill::ValueError);
}

}  // namespace
