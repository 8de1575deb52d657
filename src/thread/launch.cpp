#include "thread/launch.hpp"

#include "park/census.hpp"
#include "platform/thread.hpp"

TWILL_BEGIN
namespace detail {

constinit atomic<std::size_t> stack_size_of_new_threads{0};

namespace {

/// Lets pthread_exit() and pthread_cancel() unwind through it.
void* enter_thread(void* argument) {
  auto& runnable = *static_cast<Runnable*>(argument);
  Context& context = *context_of(runnable.context.load(relaxed));
  adopt(context);
  char name[Context::kNameSize];
  copy_name(context, name);
  if (name[0] != '\0') set_kernel_name(name);
  runnable.main();
  return nullptr;
}

/// What has no thread of its own needs no more than its context, which is current already.
void* enter_other(void* argument) {
  static_cast<Runnable*>(argument)->main();
  return nullptr;
}

int start_thread(Runnable& runnable, const LaunchOptions& options) noexcept {
  if (!options.bystander) census::arrived();
  const int error = create_thread({.entry = enter_thread,
                                   .argument = &runnable,
                                   .stack_size = stack_size_of_new_threads.load(relaxed),
                                   .blocks_signals = options.internal});
  if (error != 0 && !options.bystander) census::left();
  return error;
}

}  // namespace

Launched launch(Runnable& runnable, const LaunchOptions& options) noexcept {
  const ContextKind& own = *self_context().kind.load(relaxed);  // counted before the one it starts
  const bool alike = own.start != nullptr && !options.internal;
  Context& context = make_context(alike ? own : thread_kind);
  context.internal = options.internal;
  context.bystander.store(options.bystander, relaxed);
  context.on_exit = options.on_exit;
  context.on_exit_data = options.on_exit_data;
  set_name(context, options.name);
  const std::uint32_t id = context.id.load(relaxed);
  runnable.context.store(id, release);
  const int error =
      alike ? own.start(context, enter_other, &runnable) : start_thread(runnable, options);
  if (error == 0) return {0, id};
  runnable.context.store(0, relaxed);
  context.on_exit = nullptr;
  free_context(context);
  return {error, 0};
}

}  // namespace detail
TWILL_END
