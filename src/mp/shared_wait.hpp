#pragma once

#include <optional>
#include <stop_token>

#include <twill/park/subject.hpp>

#include "mp/arena.hpp"
#include "park/wait.hpp"

TWILL_BEGIN
namespace mp::detail {

using twill::detail::Limits;
using twill::detail::Outcome;
using twill::detail::Subject;

/// How one sleep ended: `look` says that the condition may have changed.
enum class Woken : std::uint8_t { look, timeout, stopped, interrupted, alone };

/// One blocking call on a shared object. It sleeps on a word of the object, and listens to its
/// stop_token and to the life of every other process of the family: whenever one dies, all who
/// sleep look again. So a wake-up that a dying process had in hand (it had changed the word and not
/// yet woken anybody; or was woken and had not yet used it) is never missed. Most waits are short,
/// and to listen to many words costs as much as all the rest of a sleep: a wait without a
/// stop_token begins with a moment in which it only sleeps on the word.
class SharedWait {
 public:
  SharedWait(Block& block, const Subject& subject, const Limits& limits, Habit& habit) noexcept;
  SharedWait(const SharedWait&) = delete;
  SharedWait& operator=(const SharedWait&) = delete;

  /// Sleeps while `word` is `expected`. `alone`: nothing could ever end the wait, and the condition
  /// was looked at since that became so.
  Woken sleep(const SharedWord& word, std::uint32_t expected) noexcept;
  /// Whether the next sleep may last, and hears of what others tell.
  bool is_long() const noexcept { return brief_until_ == 0; }

 private:
  struct Stop {
    SharedWord* word;
    void operator()() const noexcept {
      word->store(1);
      twill::detail::private_wake(*word);
    }
  };

  Woken sleep_briefly(const SharedWord& word, std::uint32_t expected) noexcept;
  Woken sleep_long(const SharedWord& word, std::uint32_t expected) noexcept;
  Woken after_signal() const noexcept;
  std::size_t listen(twill::detail::Listened* words, bool& unwatched) const noexcept;
  bool wants_out() const noexcept;
  bool has_somebody_gone() noexcept;

  Block& block_;
  const Subject& subject_;
  const Limits& limits_;
  Habit& habit_;
  std::int64_t until_;        ///< by the kernel's clock
  std::int64_t brief_until_;  ///< likewise
  bool was_alone_ = false;
  std::uint32_t ends_ = 0;          ///< before the condition was looked at
  std::int64_t pause_ = 5'000'000;  ///< in nanoseconds: half of the next one
  SharedWord stopped_{0};
  std::optional<std::stop_callback<Stop>> on_stop_;
  twill::detail::Blocking blocking_;
};

/// Throws what stands for an end that is an error whatever the call; true for look, false for
/// timeout.
bool succeeded(Woken woken, const Subject& subject);

}  // namespace mp::detail
TWILL_END
