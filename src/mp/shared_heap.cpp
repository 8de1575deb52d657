#include <twill/mp/shared_heap.hpp>

#include <algorithm>
#include <bit>

#include <twill/platform/error.hpp>

TWILL_BEGIN
namespace mp {

MemoryError::MemoryError(std::string text) : text_(std::make_shared<const std::string>(text)) {}

const char* MemoryError::what() const noexcept { return text_->c_str(); }

namespace detail {

/// What stands before each piece, given out or free. The pieces lie side by side, so that one that
/// is given back finds its neighbours; behind the last stands a chunk of size 0.
struct SharedHeap::Chunk {
  std::size_t before;  ///< size of the piece before this one
  std::size_t size;    ///< with this; lowest bit: it is free

  static constexpr std::size_t kFree = 1;

  std::size_t bytes() const noexcept { return size & ~kFree; }
  bool is_free() const noexcept { return (size & kFree) != 0; }
  std::byte* at(std::size_t offset) noexcept {
    return static_cast<std::byte*>(static_cast<void*>(this)) + offset;
  }
  Chunk* next() noexcept { return static_cast<Chunk*>(static_cast<void*>(at(bytes()))); }
  Links* links() noexcept { return static_cast<Links*>(static_cast<void*>(this + 1)); }
};

/// What stands in a free piece.
struct SharedHeap::Links {
  Links* prev;
  Links* next;

  Chunk* chunk() noexcept { return static_cast<Chunk*>(static_cast<void*>(this)) - 1; }
};

namespace {

constexpr std::size_t kUnit = 16;
constexpr std::size_t kSmallest = 32;  ///< a Chunk and its Links

constexpr std::size_t kLeast = 256;  ///< an empty container at least

constexpr std::size_t round_up(std::size_t bytes) { return (bytes + kUnit - 1) & ~(kUnit - 1); }
int bin_of(std::size_t size) noexcept { return static_cast<int>(std::bit_width(size)) - 1; }

}  // namespace

SharedHeap::SharedHeap(std::span<std::byte> memory) {
  const std::size_t begin = round_up(sizeof(SharedHeap));
  const std::size_t end = memory.size() & ~(kUnit - 1);
  if (end < begin + kLeast)
    throw ValueError(std::to_string(memory.size()) + " bytes are too few for a shared container");
  const std::size_t size = end - begin - sizeof(Chunk);
  ::new (memory.data() + end - sizeof(Chunk)) Chunk{size, 0};
  put(::new (memory.data() + begin) Chunk{0, size});
}

/// Into its bin.
void SharedHeap::put(Chunk* chunk) noexcept {
  left_ += chunk->bytes();
  chunk->size |= Chunk::kFree;
  Links*& first = bins_[bin_of(chunk->bytes())];
  Links* const links = ::new (chunk->links()) Links{nullptr, first};
  if (first != nullptr) first->prev = links;
  first = links;
}

/// Out of its bin.
void SharedHeap::take(Chunk* chunk) noexcept {
  left_ -= chunk->bytes();
  chunk->size &= ~Chunk::kFree;
  const Links* const links = chunk->links();
  if (links->next != nullptr) links->next->prev = links->prev;
  if (links->prev != nullptr)
    links->prev->next = links->next;
  else
    bins_[bin_of(chunk->size)] = links->next;
}

/// In the bin of its size a piece may be too small, in those above none is.
SharedHeap::Chunk* SharedHeap::find(std::size_t size) noexcept {
  for (int bin = bin_of(size); bin < kBins; ++bin)
    for (Links* links = bins_[bin]; links != nullptr; links = links->next)
      if (links->chunk()->bytes() >= size) return links->chunk();
  return nullptr;
}

void* SharedHeap::do_allocate(std::size_t bytes, std::size_t alignment) {
  const bool is_sane = alignment <= kUnit && bytes < (std::size_t{1} << (kBins - 1));
  const std::size_t size = std::max(kSmallest, round_up(bytes) + sizeof(Chunk));
  Chunk* const chunk = is_sane ? find(size) : nullptr;
  if (chunk == nullptr)
    throw MemoryError("a shared container is full: " + std::to_string(bytes) +
                      " bytes are wanted in one piece, " + std::to_string(left_) +
                      " are free in all");
  take(chunk);
  if (chunk->size >= size + kSmallest) {
    Chunk* const rest = ::new (chunk->at(size)) Chunk{size, chunk->size - size};
    rest->next()->before = rest->size;
    chunk->size = size;
    put(rest);
  }
  return chunk->links();
}

void SharedHeap::do_deallocate(void* at, std::size_t, std::size_t) {
  Chunk* chunk = static_cast<Chunk*>(at) - 1;
  if (Chunk* const next = chunk->next(); next->is_free()) {
    take(next);
    chunk->size += next->size;
  }
  if (chunk->before != 0) {
    Chunk* const before = static_cast<Chunk*>(
        static_cast<void*>(static_cast<std::byte*>(static_cast<void*>(chunk)) - chunk->before));
    if (before->is_free()) {
      take(before);
      before->size += chunk->size;
      chunk = before;
    }
  }
  chunk->next()->before = chunk->size;
  put(chunk);
}

}  // namespace detail
}  // namespace mp
TWILL_END
