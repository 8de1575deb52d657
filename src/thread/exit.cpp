#include "thread/exit.hpp"

#include <cstdlib>
#include <pthread.h>

#include <twill/thread/excepthook.hpp>
#include <twill/thread/run_main.hpp>
#include <twill/thread/threading.hpp>

#include "platform/thread_id.hpp"
#include "thread/registry.hpp"

TWILL_BEGIN
namespace detail {
namespace {

constinit atomic<void (*)() noexcept> before_waiting{nullptr};

/// The end of the main thread. exit() begins with the destructors of thread_locals, before it
/// destroys any object of static storage; pthread_exit() of the main thread leaves those out, but
/// not the ones of thread-specific data.
struct EndOfMain {
  EndOfMain() noexcept {
    pthread_key_t key;
    if (pthread_key_create(&key, [](void*) { wait_for_threads(); }) == 0)
      pthread_setspecific(key, this);
  }
  ~EndOfMain() { wait_for_threads(); }
};

}  // namespace

void end_waits_for_threads() {
  static constinit atomic<bool> registered{false};
  if (!registered.load(relaxed) && !registered.exchange(true, relaxed))
    std::atexit(wait_for_threads);  // for an exit() of another thread
  if (is_caller(*registry::main_state())) {
    thread_local const EndOfMain end;
    static_cast<void>(end);
  }
}

void before_waiting_for_threads(void (*hook)() noexcept) noexcept {
  before_waiting.store(hook, release);
}

void wait_for_threads() noexcept {
  if (auto* const hook = before_waiting.load(acquire)) hook();
  if (is_main_thread()) finish(*registry::main_state());
  while (const auto state = registry::somebody_to_wait_for())
    join_quietly(*state, __builtin_return_address(0));
}

int run_main(const std::function<int()>& f) {
  int code = 1;
  end_waits_for_threads();
  if (const auto thrown = caught([&] { code = f(); }))
    default_excepthook({thrown, current_thread()});
  wait_for_threads();
  return code;
}

}  // namespace detail
TWILL_END
