#include <twill/mp/rwlock.hpp>

#include <optional>

#include "mp/robust_lock.hpp"
#include "park/exiting.hpp"
#include "park/shared_holds.hpp"
#include "park/spin.hpp"

TWILL_BEGIN
namespace mp {

using detail::kSeats;
using detail::RobustLock;
using detail::Woken;
using twill::detail::Limits;
using twill::detail::Subject;

namespace {

const twill::detail::Kind kKind{"RWLock"};

/// gate, changed under the writers' lock alone:
///
/// | gate | meaning |
/// |---|---|
/// | open | readers enter |
/// | closing | a writer waits until those that read have left |
/// | writing | what the lock guards is being changed |
///
/// Who has the writers' lock after an owner that died finds there how far it had come: what is
/// guarded may be torn only if it was writing.
///
/// A reader counts itself, then looks at the gate; a writer closes the gate, then looks at the
/// counts (T. Dekker's way: all four are seq_cst). The other way round both would enter:
///
///     1. reader: finds the gate open
///     2. writer: closes it, finds nobody counted, writes
///     3. reader: counts itself, reads
///
/// A reader that finds the gate shut takes itself off the count again, and comes through the
/// writers' lock instead, which it holds no longer than it takes to count itself. So it stands in
/// line with the writers, and one that is killed there has changed nothing.
struct State {
  enum Gate : std::uint32_t { open, closing, writing };

  RobustLock writers;
  std::atomic<std::uint32_t> gate;
  detail::Habit habit;  ///< of a writer that waits for readers
};

/// The readers of one process: deaths of its seat << 32 | count. Nobody has to clear away what a
/// killed process left in all the locks that it read, since its seat has one more death then:
///
///     1. reader: counts itself, and is killed
///     2. waiter: clears the seat; the count is of an earlier sitter now, and nobody's
///     3. the next process in the seat begins a count of its own
struct alignas(64) Readers {
  std::atomic<std::uint64_t> word;

  /// Where a writer sleeps until it is zero.
  const detail::SharedWord& count() const noexcept {
    const void* const low_half = &word;  // of a little-endian machine
    return *static_cast<const detail::SharedWord*>(low_half);
  }
};

std::uint32_t deaths_of(int seat) noexcept { return detail::arena().seats[seat].deaths.load(); }

/// What this process knows of the lock.
class View {
 public:
  View(const detail::Handle& handle, const SharedMemory& readers) noexcept
      : block_(*static_cast<detail::Block*>(handle.block())),
        state_(detail::body_of<State>(handle.block())),
        readers_(static_cast<Readers*>(static_cast<void*>(readers.buf().data()))) {}

  RobustLock& writers() const noexcept { return state_.writers; }
  detail::Block& block() const noexcept { return block_; }

  std::uint32_t reading(int seat) const noexcept {
    const std::uint64_t word = readers_[seat].word.load();
    return word >> 32 == deaths_of(seat) ? static_cast<std::uint32_t>(word) : 0;
  }
  bool is_read_here() const noexcept {
    return detail::my_seat() != detail::kNoSeat && reading(detail::my_seat()) != 0;
  }
  /// The note that the calling thread reads, or null.
  twill::detail::SharedHold* note() const noexcept {
    // That of a thread that forked is found in the child, too, which does not read.
    return is_read_here() ? twill::detail::find_shared(twill::detail::self_context(), &mine())
                          : nullptr;
  }

  bool enter_at_once() const {
    const bool reads_already = note() != nullptr;
    count_in();
    if (reads_already || state_.gate.load() == State::open) return true;
    count_out();
    return false;
  }
  void count_in() const {
    Readers& here = readers_[detail::need_seat()];
    const std::uint64_t none = std::uint64_t{deaths_of(detail::my_seat())} << 32;
    std::uint64_t word = here.word.load(std::memory_order_relaxed);
    while (!here.word.compare_exchange_weak(word, (word >> 32 == none >> 32 ? word : none) + 1)) {
    }
  }
  void count_out() const noexcept {
    const auto before = static_cast<std::uint32_t>(mine().word.fetch_sub(1));
    if (before == 1 && state_.gate.load() != State::open)
      twill::detail::shared_wake(mine().count(), 1);
  }
  void note_reader(const void* site) const noexcept {
    twill::detail::note_shared(twill::detail::self_context(), &mine(), site, false);
  }

  /// Under the writers' lock: waits until nobody reads. False if the time came first; true or
  /// OwnerDied with the lock.
  bool begin_to_write(const Subject& subject, const Limits& limits) const {
    forget_what_is_whole();
    if (state_.gate.load(std::memory_order_relaxed) == State::open)
      state_.gate.exchange(State::closing);
    const Woken woken = wait_for_readers(subject, limits);
    if (woken != Woken::look) {
      let_go();
      return succeeded(woken, subject);
    }
    state_.gate.store(State::writing, std::memory_order_relaxed);
    if (writers().owner_died()) throw_owner_died(subject);
    return true;
  }

  /// What an owner of the writers' lock left that died before it wrote, or as a reader.
  void forget_what_is_whole() const noexcept {
    if (state_.gate.load(std::memory_order_relaxed) != State::writing) writers().forget_death();
  }
  bool may_be_torn() const noexcept {
    return writers().owner_died() && state_.gate.load(std::memory_order_relaxed) == State::writing;
  }

  /// Of the writers' lock. What may be torn stays shut.
  void let_go() const noexcept {
    if (!may_be_torn()) state_.gate.store(State::open, std::memory_order_release);
    writers().drop();
  }

 private:
  Readers& mine() const noexcept { return readers_[detail::my_seat()]; }

  Woken wait_for_readers(const Subject& subject, const Limits& limits) const {
    std::optional<detail::SharedWait> wait;
    for (int seat = 0; seat < static_cast<int>(kSeats); ++seat) {
      if (!block_.users.has(seat)) continue;
      const auto have_left = [&] { return reading(seat) == 0; };
      while (const std::uint32_t count = reading(seat)) {
        if (limits.deadline.is_passed()) {
          detail::clear_after_dead();  // nobody else may ever do so for who only tries
          if (reading(seat) != 0) return Woken::timeout;
          continue;
        }
        if (!wait) {
          if (twill::detail::spin_until(have_left, twill::detail::SpinBudget(state_.habit.spin)))
            continue;
          wait.emplace(block_, subject, limits, state_.habit);
        }
        const Woken woken = wait->sleep(readers_[seat].count(), count);
        if (woken != Woken::look) return woken;
      }
    }
    return Woken::look;
  }

  [[noreturn]] void throw_owner_died(const Subject& subject) const {
    const auto end = [view = *this](void*) {
      if (view.writers().is_mine()) view.let_go();
    };
    writers().throw_owner_died(subject, {static_cast<void*>(&state_), end});
  }

  detail::Block& block_;
  State& state_;
  Readers* readers_;
};

}  // namespace

RWLock::RWLock(RWLockOptions options, std::source_location made)
    : readers_(sizeof(Readers) * kSeats), label_("RWLock", std::move(options.name), made) {}

RWLock::RWLock(detail::Arrival& from)
    : state_(from),
      readers_(detail::arrived(from, sizeof(Readers) * kSeats)),
      label_("RWLock", from.name(), std::source_location::current()) {}

void RWLock::offer(detail::Offer& to) const {
  state_.offer(to);
  detail::Offering::add(readers_, to);
  to.names.push_back(name());
}

RWLock::~RWLock() {
  const View view(state_, readers_);
  if ((view.writers().is_mine() || view.is_read_here()) && !twill::detail::exiting())
    twill::detail::die("%s is destroyed while it is held here", label_.describe("RWLock").c_str());
}

bool RWLock::write(const void* site, const Limits& limits) {
  const View view(state_, readers_);
  const Subject subject{this, &kKind, &label_, site};
  if (limits.unbounded() && view.note() != nullptr)
    throw DeadlockError("the thread waits to write " + subject.describe() +
                        ", which it reads itself");
  if (limits.deadline.is_passed()) {
    if (!view.writers().take_over_at_once()) return false;
    if (view.may_be_torn()) {
      view.let_go();
      return false;
    }
  } else if (!view.writers().take_at_once() &&
             !view.writers().take_over(view.block(), subject, limits)) {
    return false;
  }
  return view.begin_to_write(subject, limits);
}

bool RWLock::read(const void* site, const Limits& limits) {
  const View view(state_, readers_);
  if (!view.enter_at_once()) {
    if (limits.deadline.is_passed()) return false;
    const Subject subject{this, &kKind, &label_, site};
    if (!view.writers().take_over(view.block(), subject, limits)) return false;
    if (view.may_be_torn()) return view.begin_to_write(subject, limits);  // and throws
    view.forget_what_is_whole();
    view.count_in();
    view.let_go();
  }
  view.note_reader(site);
  return true;
}

void RWLock::unlock() noexcept {
  const View view(state_, readers_);
  if (!view.writers().is_mine()) [[unlikely]]
    twill::detail::die("unlock() of %s by a thread that does not write it",
                       label_.describe("RWLock").c_str());
  view.let_go();
}

void RWLock::unlock_shared() noexcept {
  const View view(state_, readers_);
  if (!view.is_read_here()) [[unlikely]]
    twill::detail::die("unlock_shared() of %s by a process that does not read it",
                       label_.describe("RWLock").c_str());
  if (twill::detail::SharedHold* const hold = view.note())
    hold->object.store(nullptr, std::memory_order_release);
  view.count_out();
}

}  // namespace mp
TWILL_END
