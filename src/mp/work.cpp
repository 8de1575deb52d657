#include <twill/mp/work.hpp>

#include <cstring>

#include "mp/desk.hpp"
#include "platform/ticks.hpp"

TWILL_BEGIN
namespace mp::detail {
namespace {

/// With less than this a worker shows what it has before it goes on.
constexpr std::size_t kLittleRoom = 1024;

using Front = std::uint32_t;

}  // namespace

bool Work::begin() noexcept {
  if (done_ >= count_ || !spilled_.empty()) return false;
  if (done_ > 0 && kDeskRoom - used_ < kLittleRoom) return false;
  desk_.since.store(twill::detail::ticks(), std::memory_order_relaxed);
  desk_.begun.store(done_ + 1, std::memory_order_relaxed);
  return true;
}

std::byte* Work::room_for(std::size_t size, std::uint32_t flags) {
  std::byte* const at = desk_.answers + used_;
  const bool fits = size <= kDeskRoom - used_ - sizeof(Front);
  const Front front = fits ? static_cast<Front>(size) | flags : kSpilled | flags;
  if (!fits) spilled_.resize(size);
  std::memcpy(at, &front, sizeof front);
  next_ = used_ + sizeof front + (fits ? size : 0);
  return fits ? at + sizeof front : spilled_.data();
}

void Work::finish() noexcept {
  last_ = std::exchange(used_, next_);
  desk_.end.store(used_, std::memory_order_relaxed);
  desk_.spilled.store(spilled_.empty() ? 0 : 1, std::memory_order_relaxed);
  desk_.done.store(++done_, std::memory_order_release);
}

void Work::answer() {
  room_for(0);
  finish();
}

void Work::fail(const std::exception_ptr& thrown) {
  spilled_.clear();
  const Failure failure = Failure::of(thrown);
  const std::size_t size = encoded_size(failure);
  Writer out(room_for(size, kFailed), size);
  out.write(failure);
  finish();
}

void Work::fail_last(const std::exception_ptr& thrown) {
  used_ = last_;
  --done_;
  fail(thrown);
}

std::span<const std::byte> Answers::next() {
  Reader in(std::span<const std::byte>(bytes_).subspan(read_), "an answer");
  const auto front = in.read<Front>();
  const std::size_t size = front & kAnswerSize;
  std::span<const std::byte> answer(in.read_bytes(size), size);
  read_ += sizeof front + size;
  if ((front & kSpilled) != 0) answer = spilled_;
  if ((front & kFailed) != 0) std::rethrow_exception(decode<Failure>(answer).exception());
  return answer;
}

}  // namespace mp::detail
TWILL_END
