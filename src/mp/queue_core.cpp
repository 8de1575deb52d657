#include <twill/mp/queue_core.hpp>

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

#include "mp/queue_inside.hpp"

TWILL_BEGIN
namespace mp::detail {

namespace {

constexpr twill::detail::Kind kKind{"Queue"};

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

QueueCore::QueueCore(Arrival& from)
    : maxsize_(from.number(std::numeric_limits<std::int64_t>::min(),
                           std::numeric_limits<std::int64_t>::max())),
      handle_(from),
      memory_(std::make_unique<Memory>(from)),
      label_("Queue", from.name(), std::source_location::current()) {}

QueueCore::~QueueCore() = default;

void QueueCore::offer(Offer& to) const {
  need_open(subject(nullptr));
  to.numbers.push_back(maxsize_);
  handle_.offer(to);
  Offering::add(memory_->memory, to);
  to.names.push_back(name());
}

Subject QueueCore::subject(const void* site) const noexcept {
  return {this, &kKind, &label_, site};
}

std::size_t QueueCore::size() const noexcept { return memory_->ring.size(); }
std::size_t QueueCore::longest() const noexcept { return memory_->ring.longest(); }
bool QueueCore::is_shutdown() const noexcept { return memory_->shared->shut.load(); }

void QueueCore::need_open(const Subject& about) const {
  if (handle_.is_dropped()) [[unlikely]]
    throw ValueError(about.describe() + " was closed by this process");
}

void QueueCore::need_room_for(std::size_t size, const void* site) const {
  if (size > longest()) [[unlikely]]
    throw ValueError("put() of " + std::to_string(size) + " bytes to " + subject(site).describe() +
                     ", which takes " + std::to_string(longest()) +
                     " at most: make it with more .bytes");
}

Ending QueueCore::put_message(std::span<const std::byte> message, Patience patience,
                              const void* site) {
  need_room_for(message.size(), site);
  Shared& shared = *memory_->shared;
  const Ending ending = work_at(shared.putting, patience, site, [&] {
    if (is_shutdown()) return Ending::shut;
    return put_inside(message) ? Ending::done : Ending::late;
  });
  if (ending == Ending::done) shared.getting.news.tell();
  return ending;
}

std::byte* QueueCore::room_inside(std::size_t size) noexcept {
  if (maxsize_ > 0 && this->size() >= static_cast<std::size_t>(maxsize_)) return nullptr;
  return memory_->ring.room_for(size);
}

bool QueueCore::put_inside(std::span<const std::byte> message) noexcept {
  std::byte* const room = room_inside(message.size());
  if (room == nullptr) return false;
  std::memcpy(room, message.data(), message.size());
  memory_->ring.put(message.size());
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
  Ring& ring = memory_->ring;
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

// 1. A thread finds no item, and listens.  2. Another thread of its process closes the queue.  3.
// The first sleeps: nobody is to end its wait. So who closes tells all who sleep, here and
// elsewhere.
void QueueCore::close() noexcept {
  if (handle_.is_dropped()) return;
  handle_.drop();
  tell_all();
}

void QueueCore::tell_all() noexcept {
  Shared& shared = *memory_->shared;
  shared.getting.news.tell();
  shared.putting.news.tell();
  shared.all_done.tell();
}

void QueueCore::shutdown(bool immediate) {
  need_open(subject(nullptr));
  Shared& shared = *memory_->shared;
  shared.shut.store(true);
  if (immediate) {
    const Inside inside(shared.getting, *static_cast<Block*>(handle_.block()), subject(nullptr),
                        {});
    const auto forget = [](void*, std::span<const std::byte>) {};
    while (get_inside(forget, nullptr)) finish_one();
  }
  tell_all();
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