#include "task/tray.hpp"

#include <algorithm>
#include <new>
#include <utility>

TWILL_BEGIN
namespace detail {
namespace {

constexpr std::size_t kSheet = 4'000;  // bytes, about
constexpr std::size_t kAlignment = __STDCPP_DEFAULT_NEW_ALIGNMENT__;

constexpr std::size_t rounded_up(std::size_t size) noexcept {
  return (size + kAlignment - 1) / kAlignment * kAlignment;
}

}  // namespace

Tray::Block* Tray::block_at(void* memory) noexcept {
  return reinterpret_cast<Block*>(static_cast<char*>(memory) - offsetof(Block, next));
}

void Tray::count(Sheet& sheet, std::int64_t back) noexcept {
  if (!sheet.has_all_with(back)) return;
  sheet.~Sheet();
  ::operator delete(&sheet);
}

void Tray::leave() noexcept {
  Sheet* const left = std::exchange(sheet_, nullptr);
  free_ = nullptr;
  if (left != nullptr) count(*left, -std::exchange(out_, 0));
}

/// Goes on with a new sheet.
void Tray::cut(std::size_t size) {
  const std::size_t length = rounded_up(size + sizeof(Sheet*));
  const std::size_t head = rounded_up(sizeof(Sheet) + sizeof(Sheet*)) - sizeof(Sheet*);
  const std::size_t blocks = std::max<std::size_t>(kSheet / length, 1);
  char* const memory = static_cast<char*>(::operator new(head + blocks * length));
  leave();
  sheet_ = new (memory) Sheet;
  for (std::size_t i = blocks; i-- > 0;)
    free_ = new (memory + head + i * length) Block{sheet_, free_};
}

}  // namespace detail
TWILL_END
