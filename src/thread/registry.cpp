#include "thread/registry.hpp"

#include "platform/thread_id.hpp"
#include "thread/locks.hpp"

TWILL_BEGIN
namespace detail {
namespace {

constinit thread_local ThreadState* current __attribute__((tls_model("initial-exec"))) = nullptr;

ThreadState* first = nullptr;
ThreadState* last = nullptr;
std::size_t listed = 0;
std::shared_ptr<ThreadState>* main_thread = nullptr;  // never freed

std::shared_ptr<ThreadState> make_found(ThreadState::Origin origin, std::string name) {
  const bool foreign = origin == ThreadState::Origin::foreign;
  auto state = std::make_shared<ThreadState>(origin, std::move(name), foreign);
  state->phase.store(ThreadState::alive, relaxed);
  registry::add(*state);
  return state;
}

[[gnu::constructor(103)]] void make_main() {
  if (main_thread == nullptr) main_thread = new std::shared_ptr<ThreadState>;
  *main_thread = make_found(ThreadState::Origin::main, "MainThread");
}

/// Ties `state` to the calling thread, which runs already.
Context& settle(ThreadState& state) noexcept {
  Context& context = self_context();
  state.context.store(context.id.load(relaxed), relaxed);
  state.native_id.store(context.native_id.load(relaxed), relaxed);
  set_name(context, state.name.c_str());
  current = &state;
  return context;
}

void make_dummy() {
  static constinit atomic<std::uint64_t> made{0};
  const auto number = made.fetch_add(1, relaxed) + 1;
  Context& context =
      settle(*make_found(ThreadState::Origin::foreign, "Dummy-" + std::to_string(number)));
  context.on_exit_data = current;
  context.on_exit = [](void* state) noexcept {
    current = nullptr;
    finish(*static_cast<ThreadState*>(state));
  };
}

}  // namespace

ThreadState* current_state_if_any() noexcept { return current; }
void set_current_state(ThreadState* state) noexcept { current = state; }

ThreadState& current_state() {
  if (current != nullptr) [[likely]]
    return *current;
  if (is_main_thread())
    settle(**main_thread);
  else
    make_dummy();
  return *current;
}

bool is_caller(const ThreadState& state) noexcept {
  if (current != nullptr) return current == &state;
  return state.origin == ThreadState::Origin::main && is_main_thread();
}

namespace registry {

void add(ThreadState& state) noexcept {
  const WordLock::Guard guard(locks::registry);
  state.itself = state.shared_from_this();
  state.previous = last;
  (last != nullptr ? last->next : first) = &state;
  last = &state;
  ++listed;
}

std::shared_ptr<ThreadState> remove(ThreadState& state) noexcept {
  const WordLock::Guard guard(locks::registry);
  if (state.itself == nullptr) return nullptr;
  (state.previous != nullptr ? state.previous->next : first) = state.next;
  (state.next != nullptr ? state.next->previous : last) = state.previous;
  state.previous = state.next = nullptr;
  --listed;
  return std::move(state.itself);
}

std::size_t count() noexcept {
  const WordLock::Guard guard(locks::registry);
  return listed;
}

std::vector<std::shared_ptr<ThreadState>> all() {
  constexpr std::size_t kMore = 8;  // that may start meanwhile
  std::vector<std::shared_ptr<ThreadState>> found;
  for (;;) {
    found.reserve(count() + kMore);
    const WordLock::Guard guard(locks::registry);
    if (listed > found.capacity()) continue;
    for (ThreadState* state = first; state != nullptr; state = state->next)
      found.push_back(state->itself);
    return found;
  }
}

std::shared_ptr<ThreadState> somebody_to_wait_for() noexcept {
  const WordLock::Guard guard(locks::registry);
  for (ThreadState* state = first; state != nullptr; state = state->next)
    if (state->origin == ThreadState::Origin::started && state != current &&
        !state->daemon.load(relaxed))
      return state->itself;
  return nullptr;
}

const std::shared_ptr<ThreadState>& main_state() noexcept { return *main_thread; }

void after_fork() noexcept {
  const auto caller = current == nullptr ? nullptr : current->shared_from_this();
  while (first != nullptr) {
    const std::shared_ptr<ThreadState> state = remove(*first);
    if (state == caller) continue;
    static_cast<void>(state->target.release());  // nobody may destroy what was in use
    if (state->object != nullptr) new std::shared_ptr<Thread>(std::move(state->object));
    state->phase.store(ThreadState::ended, relaxed);
  }
  if (caller == nullptr) return make_main();
  caller->origin = ThreadState::Origin::main;
  caller->daemon.store(false, relaxed);
  caller->name = "MainThread";
  settle(*caller);
  add(*caller);
  *main_thread = caller;
}

}  // namespace registry
}  // namespace detail
TWILL_END
