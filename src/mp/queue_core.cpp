#include <twill/mp/queue_core.hpp>

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>
#include <optional>

#include <twill/mp/peer_died.hpp>

#include "mp/ring.hpp"
#include "mp/robust_lock.hpp"
#include "platform/memory_file.hpp"
#include "platform/thread_id.hpp"
#include "queue/gather.hpp"

TWILL_BEGIN
namespace mp::detail {

using twill::detail::Limits;
using twill::detail::Subject;

namespace {

constexpr twill::detail::Kind kKind{"Queue"};
constexpr std::size_t kPage = 4096;
constexpr std::uint64_t kEnough = 64;

/// What sleepers at one end wait for: counted up, with a bit that says that somebody may sleep.
struct alignas(64) News {
  SharedWord word{0};
  Habit habit{};

  /// To be called before the last look; what it answers is slept on.
  std::uint32_t listen() noexcept { return word.fetch_or(1) | 1; }
  /// After what they wait for has come.
  ///
  ///     putter: the message is there (sits in the store buffer); nobody sleeps
  ///     getter: will sleep; sees no message   <- left alone, but for the order of the ring
  ///
  /// All are woken: one that was woken and is killed would take the wake-up with it.
  void tell() noexcept {
    std::uint32_t seen = word.load();
    if ((seen & 1) == 0 || !word.compare_exchange_strong(seen, seen + 1)) [[likely]]
      return;
    habit.waker_cpu.store(twill::detail::current_cpu(), std::memory_order_relaxed);
    twill::detail::shared_wake(word, 0x7fff'ffff);
  }
};

}  // namespace

/// One end of the queue: who puts, or gets, one at a time, and who waits to.
struct alignas(64) QueueCore::End {
  RobustLock lock;
  News news;  ///< of the other end; on a line that is seldom written
};

struct QueueCore::Shared {
  Ring::Shared ring;
  End putting;
  End getting;
  alignas(64) std::atomic<bool> shut;
  std::atomic<std::uint32_t> done;  ///< messages marked as done, modulo 2^32
  News all_done;
};

/// The mapping, which the children of forks have at the same place.
struct QueueCore::Memory {
  explicit Memory(std::size_t ring_bytes) : size(kPage + ring_bytes) {
    static_assert(sizeof(Shared) <= kPage);
    const int file = twill::detail::make_memory_file("twill queue", size);
    try {
      at = twill::detail::map_memory_file(file, size);
    } catch (...) {
      twill::detail::close_memory_file(file);
      throw;
    }
    twill::detail::close_memory_file(file);
    shared = new (at) Shared{};
    ring.emplace(shared->ring, std::span(static_cast<std::byte*>(at) + kPage, ring_bytes));
  }
  ~Memory() { twill::detail::unmap_memory_file(at, size); }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  const std::size_t size;
  void* at = nullptr;
  Shared* shared = nullptr;
  std::optional<Ring> ring;
  twill::detail::atomic<std::uint32_t> spin{0};
};

/// Holds the lock of one end. That its owner died there is of no meaning: the ring is whole.
class QueueCore::Inside {
 public:
  Inside(End& end, Block& block, const Subject& subject, const Limits& limits)
      : end_(end), is_in_(end.lock.take_at_once()) {
    if (is_in_) [[likely]]
      return;
    try {
      is_in_ = end.lock.take(block, twill::detail::robust_id(), subject, to_enter(limits), false);
    } catch (OwnerDied& died) {
      died.recovered();
      is_in_ = true;
    }
  }
  ~Inside() {
    if (is_in_) end_.lock.drop();
  }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;

  bool is_in() const noexcept { return is_in_; }

 private:
  /// Nobody stays inside for long, but for one that is stopped or starved there.
  static Limits to_enter(const Limits& limits) {
    if (limits.deadline.is_never()) return {};
    using namespace std::chrono_literals;
    const twill::Deadline soon{Timeout(50ms)};
    return {limits.deadline.nanoseconds() < soon.nanoseconds() ? soon : limits.deadline};
  }

  End& end_;
  bool is_in_;
};

namespace {

Ending ending_of(Woken woken, const Subject& subject) {
  if (woken == Woken::stopped) return Ending::stopped;
  return succeeded(woken, subject) ? Ending::done : Ending::late;
}

std::size_t ring_size(std::size_t wanted) {
  if (wanted > Ring::kMost)
    throw ValueError("a Queue of " + std::to_string(wanted) + " bytes: use 2 GiB at most");
  return std::bit_ceil(std::max(wanted, kPage));
}

}  // namespace

QueueCore::QueueCore(QueueOptions options, std::source_location made)
    : maxsize_(options.maxsize),
      memory_(std::make_unique<Memory>(ring_size(options.bytes))),
      label_("Queue", std::move(options.name), made) {}

QueueCore::~QueueCore() = default;

Subject QueueCore::subject(const void* site) const noexcept {
  return {this, &kKind, &label_, site};
}

std::size_t QueueCore::size() const noexcept { return memory_->ring->size(); }
std::size_t QueueCore::longest() const noexcept { return memory_->ring->longest(); }
bool QueueCore::is_shutdown() const noexcept { return memory_->shared->shut.load(); }

/// Attempts it inside until it is done. In between the caller spins once, and then sleeps.
template <class Attempt>
Ending QueueCore::work_at(End& end, Patience patience, const void* site, Attempt&& attempt) {
  Block& block = *static_cast<Block*>(handle_.block());
  const Subject about = subject(site);
  const Limits limits = patience.limits();
  std::optional<SharedWait> wait;
  for (bool listens = false;; listens = !listens) {
    std::uint32_t seen = 0;
    std::size_t before = 0;
    {
      const Inside inside(end, block, about, limits);
      if (!inside.is_in()) return Ending::late;
      if (const Ending ending = attempt(); ending != Ending::late || patience.none()) return ending;
      if (listens) {
        seen = end.news.listen();
        if (const Ending ending = attempt(); ending != Ending::late) return ending;
      }
      before = size();
    }
    if (!listens) {
      const auto change = [&]() -> std::uint64_t {
        const std::size_t now = size();
        return is_shutdown() ? kEnough : now < before ? before - now : now - before;
      };
      twill::detail::gather(twill::detail::SpinBudget(memory_->spin), kEnough, change);
      continue;
    }
    if (!wait) wait.emplace(block, about, limits, end.news.habit);
    if (const Ending ending = ending_of(wait->sleep(end.news.word, seen), about);
        ending != Ending::done)
      return ending;
  }
}

Ending QueueCore::put_message(std::span<const std::byte> message, Patience patience,
                              const void* site) {
  if (message.size() > longest())
    throw ValueError("put() of " + std::to_string(message.size()) + " bytes to " +
                     subject(site).describe() + ", which takes " + std::to_string(longest()) +
                     " at most: make it with more .bytes");
  Shared& shared = *memory_->shared;
  const Ending ending = work_at(shared.putting, patience, site, [&] {
    if (is_shutdown()) return Ending::shut;
    return put_inside(message) ? Ending::done : Ending::late;
  });
  if (ending == Ending::done) shared.getting.news.tell();
  return ending;
}

bool QueueCore::put_inside(std::span<const std::byte> message) noexcept {
  if (maxsize_ > 0 && size() >= static_cast<std::size_t>(maxsize_)) return false;
  std::byte* const room = memory_->ring->room_for(message.size());
  if (room == nullptr) return false;
  std::memcpy(room, message.data(), message.size());
  memory_->ring->put(message.size());
  return true;
}

Ending QueueCore::get_message(Receive receive, void* to, Patience patience, const void* site) {
  Shared& shared = *memory_->shared;
  struct Tells {
    explicit Tells(News& n) noexcept : news(n) {}
    ~Tells() { news.tell(); }
    Tells(const Tells&) = delete;
    Tells& operator=(const Tells&) = delete;
    News& news;
  } const after(shared.putting.news);
  return work_at(shared.getting, patience, site, [&] {
    if (get_inside(receive, to)) return Ending::done;
    return is_shutdown() ? Ending::shut : Ending::late;
  });
}

bool QueueCore::get_inside(Receive receive, void* to) {
  Ring& ring = *memory_->ring;
  const auto first = ring.first();
  if (!first) return false;
  struct Drops {
    Drops(Ring& r, const Ring::Message& m) noexcept : from(r), message(m) {}
    ~Drops() { from.drop(message); }
    Drops(const Drops&) = delete;
    Drops& operator=(const Drops&) = delete;
    Ring& from;
    const Ring::Message& message;
  } const after(ring, *first);
  receive(to, first->bytes);
  return true;
}

void QueueCore::shutdown(bool immediate) {
  Shared& shared = *memory_->shared;
  shared.shut.store(true);
  if (immediate) {
    const Inside inside(shared.getting, *static_cast<Block*>(handle_.block()), subject(nullptr),
                        {});
    const auto forget = [](void*, std::span<const std::byte>) {};
    while (get_inside(forget, nullptr)) finish_one();
  }
  shared.getting.news.tell();
  shared.putting.news.tell();
}

// The ring counts what was put, in the word that puts it. So whoever is killed in put() or
// task_done() has changed the difference by one or by nothing.
std::uint32_t QueueCore::unfinished() const noexcept {
  const std::uint32_t done = memory_->shared->done.load();
  return memory_->ring->puts() - done;
}

bool QueueCore::finish_one() noexcept {
  Shared& shared = *memory_->shared;
  std::uint32_t done = shared.done.load();
  do
    if (done == memory_->ring->puts()) return false;
  while (!shared.done.compare_exchange_weak(done, done + 1));
  if (unfinished() == 0) shared.all_done.tell();
  return true;
}

void QueueCore::task_done(const void* site) {
  if (!finish_one())
    throw ValueError("task_done() of " + subject(site).describe() +
                     " more often than items were put");
}

bool QueueCore::join_within(Patience patience, const void* site) const {
  if (unfinished() == 0) return true;
  const Subject about = subject(site);
  const Limits limits = patience.limits();
  News& all_done = memory_->shared->all_done;
  SharedWait wait(*static_cast<Block*>(handle_.block()), about, limits, all_done.habit);
  for (;;) {
    const std::uint32_t seen = all_done.listen();
    if (unfinished() == 0) return true;
    const Woken woken = wait.sleep(all_done.word, seen);
    if (woken != Woken::look) return succeeded(woken, about);
  }
}

void QueueCore::throw_put(Ending ending, const void* site) const {
  const Subject about = subject(site);
  if (ending == Ending::shut)
    throw ShutDown("put() to " + about.describe() + ", which was shut down");
  if (ending == Ending::stopped) twill::detail::succeeded(Outcome::stopped, about);
  throw Full(about.describe() + " is full: it holds " + std::to_string(size()) + " items");
}

void QueueCore::throw_get(Ending ending, const void* site) const {
  const Subject about = subject(site);
  if (ending == Ending::shut)
    throw ShutDown("get() from " + about.describe() + ", which was shut down and is empty");
  if (ending == Ending::stopped) twill::detail::succeeded(Outcome::stopped, about);
  throw Empty(about.describe() + " is empty");
}

}  // namespace mp::detail
TWILL_END
