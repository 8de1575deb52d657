#include "park/context.hpp"

#include <cstdlib>
#include <cstring>
#include <new>
#include <pthread.h>

#include <twill/park/bucket.hpp>
#include <twill/platform/error.hpp>

#include "park/census.hpp"
#include "park/exiting.hpp"
#include "park/fork.hpp"
#include "park/graph.hpp"
#include "park/symbol.hpp"
#include "platform/at_fork.hpp"
#include "platform/membarrier.hpp"
#include "platform/thread_id.hpp"

TWILL_BEGIN
namespace detail {
namespace {

// An id is generation << kIndexBits | index, 30 bits in all: locks keep two flags beside it.
// Segments are made when first needed and never freed.
constexpr unsigned kIndexBits = 21;
constexpr unsigned kIdBits = 30;
constexpr std::uint32_t kIndexMask = (1u << kIndexBits) - 1;
constexpr std::uint32_t kIdMask = (1u << kIdBits) - 1;
constexpr std::uint32_t kSegmentSize = 256;
constexpr std::uint32_t kSegments = (1u << kIndexBits) / kSegmentSize;

atomic<Context*> segments[kSegments];
atomic<std::uint32_t> used{1};  // index 0 is nobody

WordLock free_lock;
Context* free_first = nullptr;  // first in, first out: a generation wraps as late as can be
Context* free_last = nullptr;

constexpr std::uint32_t next_generation(std::uint32_t id) noexcept {
  return (id + (1u << kIndexBits)) & kIdMask;
}

Context* take_recycled() noexcept {
  Context* context = free_first;
  if (context == nullptr) return nullptr;
  free_first = context->next_free;
  if (free_first == nullptr) free_last = nullptr;
  return context;
}

Context& take_fresh() noexcept {
  const std::uint32_t index = used.load(relaxed);
  if (index > kIndexMask) die("more than %u threads and coroutines at once", kIndexMask);
  auto& segment = segments[index / kSegmentSize];
  if (segment.load(relaxed) == nullptr) {
    void* memory = ::operator new(sizeof(Context) * kSegmentSize,
                                  std::align_val_t{alignof(Context)}, std::nothrow);
    if (memory == nullptr) die("no memory for the context of a thread");
    auto* first = static_cast<Context*>(memory);
    for (std::uint32_t i = 0; i < kSegmentSize; ++i) new (first + i) Context;
    segment.store(first, release);
  }
  Context& context = segment.load(relaxed)[index % kSegmentSize];
  context.id.store(index, relaxed);
  used.store(index + 1, release);
  return context;
}

Context& take() noexcept {
  const WordLock::Guard guard(free_lock);
  Context* recycled = take_recycled();
  return recycled != nullptr ? *recycled : take_fresh();
}

// Thread-specific data of pthreads outlives C++ thread_locals: a lock taken in a late destructor
// enrols the thread once more, and the destructor below runs again for it.
pthread_key_t exit_key;
atomic<bool> past_main{false};
atomic<bool> pretending{false};

void leave(void* value) noexcept {
  end_context(*static_cast<Context*>(value));
  census::left();
}

void create_exit_key() noexcept {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, [] { pthread_key_create(&exit_key, leave); });
}

/// The main thread's thread_locals are destroyed before anything of static storage, also what was
/// made before this one was.
struct EndOfMain {
  ~EndOfMain() { past_main.store(true, relaxed); }
};

/// The handlers of higher layers are registered later and so run after this one.
[[gnu::constructor(101)]] void register_fork_handler() noexcept {
  at_fork(symbols_before_fork, symbols_after_fork_in_parent, park_after_fork);
}

/// The main thread's context is never left: exit handlers still wait with it.
void stay(Context& context) noexcept {
  pthread_setspecific(exit_key, nullptr);
  context.immortal = true;
  set_name(context, "MainThread");
  thread_local const EndOfMain end;
  static_cast<void>(&end);
  std::atexit([] { past_main.store(true, relaxed); });  // for an exit() of another thread
}

}  // namespace

constinit thread_local std::uint32_t self_id = 0;

std::uint32_t context_count() noexcept { return used.load(acquire); }

Context* context_at(std::uint32_t index) noexcept {
  return &segments[index / kSegmentSize].load(acquire)[index % kSegmentSize];
}

Context* context_of(std::uint32_t id) noexcept {
  return (id & kIndexMask) == 0 ? nullptr : context_at(id & kIndexMask);
}

Context& enrolled_context() noexcept {
  last_self_context = context_of(self());
  return *last_self_context;
}

Context& make_context(const ContextKind& kind) noexcept {
  Context& context = take();
  context.kind.store(&kind, relaxed);
  context.hooks = nullptr;
  context.next_free = nullptr;
  context.standing.store(Standing::alive, release);
  return context;
}

void free_context(Context& context) noexcept {
  for (const SharedHold& hold : context.shared)
    if (hold.object.load(relaxed) != nullptr)
      return context.standing.store(Standing::ended, release);
  context.standing.store(Standing::free, release);
  context.internal = false;
  context.bystander.store(false, relaxed);
  context.native_id.store(0, relaxed);
  context.immortal = false;
  context.inside_operation = false;
  set_name(context, "");
  context.id.store(next_generation(context.id.load(relaxed)), relaxed);
  const WordLock::Guard guard(free_lock);
  (free_last != nullptr ? free_last->next_free : free_first) = &context;
  free_last = &context;
}

void end_context(Context& context) noexcept {
  if (context.on_exit != nullptr) {
    auto* on_exit = context.on_exit;
    context.on_exit = nullptr;
    self_id = context.id.load(relaxed);
    on_exit(context.on_exit_data);
  }
  const std::uint32_t id = context.id.load(relaxed);
  self_id = 0;
  free_context(context);
  owner_ended(id);
}

std::uint32_t enrol() noexcept {
  Context& context = make_context(thread_kind);
  census::arrived();
  adopt(context);
  if (is_main_thread()) stay(context);
  return self_id;
}

void adopt(Context& context) noexcept {
  create_exit_key();
  context.native_id.store(native_thread_id(), release);
  self_id = context.id.load(relaxed);
  pthread_setspecific(exit_key, &context);
}

bool exiting() noexcept { return past_main.load(relaxed) || pretending.load(relaxed); }

void pretend_exiting(bool on) noexcept { pretending.store(on, relaxed); }

bool is_alive(std::uint32_t id) noexcept {
  const Context* context = context_of(id);
  return context != nullptr && context->id.load(relaxed) == id &&
         context->standing.load(acquire) == Standing::alive;
}

bool has_vanished(std::uint32_t id) noexcept {
  const Context* context = context_of(id);
  return context != nullptr && context->id.load(relaxed) == id &&
         context->standing.load(acquire) == Standing::vanished;
}

void set_name(Context& context, const char* name) noexcept {
  const WordLock::Guard guard(context.name_lock);
  std::strncpy(context.name, name, Context::kNameSize - 1);
}

void copy_name(Context& context, char (&out)[Context::kNameSize]) noexcept {
  const WordLock::Guard guard(context.name_lock);
  std::memcpy(out, context.name, sizeof out);
}

void contexts_after_fork() noexcept {
  free_lock.reset();
  free_first = free_last = nullptr;  // the list may have been torn; what was on it stays unused
  for (std::uint32_t i = 1; i < context_count(); ++i) {
    Context& context = *context_at(i);
    context.name_lock.reset();
    if (context.id.load(relaxed) == self_id || context.standing.load(relaxed) != Standing::alive)
      continue;
    context.standing.store(Standing::vanished, relaxed);
    const std::uint64_t epoch = epoch_of(context.state.load(relaxed));
    context.state.store(make_state(epoch + 1, Phase::idle), relaxed);  // nobody shall wake it
  }
  if (Context* self = context_of(self_id)) {
    self->native_id.store(native_thread_id(), relaxed);
    self->immortal = true;
    set_name(*self, "MainThread");
  }
  if (asymmetric_barriers) asymmetric_barriers = probe_membarrier();
}

}  // namespace detail
TWILL_END
