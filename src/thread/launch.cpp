#include "thread/launch.hpp"

#include "park/census.hpp"
#include "platform/thread.hpp"

TWILL_BEGIN
namespace detail {

constinit atomic<std::size_t> stack_size_of_new_threads{0};

namespace {

/// Lets pthread_exit() and pthread_cancel() unwind through it.
void* enter(void* argument) {
  auto& runnable = *static_cast<Runnable*>(argument);
  Context& context = *context_of(runnable.context.load(relaxed));
  adopt(context);
  char name[Context::kNameSize];
  copy_name(context, name);
  if (name[0] != '\0') set_kernel_name(name);
  runnable.main();
  return nullptr;
}

void take_back(Context& context) noexcept {
  context.on_exit = nullptr;
  free_context(context);
  census::left();
}

}  // namespace

Launched launch(Runnable& runnable, const LaunchOptions& options) noexcept {
  self();  // the starter is counted before the one it starts
  Context& context = make_context(thread_kind);
  context.internal = options.internal;
  context.on_exit = options.on_exit;
  context.on_exit_data = options.on_exit_data;
  set_name(context, options.name);
  const std::uint32_t id = context.id.load(relaxed);
  runnable.context.store(id, release);
  census::arrived();
  const int error = create_thread({.entry = enter,
                                   .argument = &runnable,
                                   .stack_size = stack_size_of_new_threads.load(relaxed),
                                   .blocks_signals = options.internal});
  if (error == 0) return {0, id};
  runnable.context.store(0, relaxed);
  take_back(context);
  return {error, 0};
}

}  // namespace detail
TWILL_END
