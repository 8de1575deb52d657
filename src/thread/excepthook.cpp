#include <twill/thread/excepthook.hpp>

#include <cstdlib>
#include <memory>
#include <string>
#include <typeinfo>
#include <unistd.h>
#include <utility>

#include "platform/type_name.hpp"
#include "thread/locks.hpp"
#include "thread/print_over.hpp"
#include "thread/state.hpp"

TWILL_BEGIN
namespace detail {
namespace {

using Hook = std::shared_ptr<const ExceptHook>;

/// Null: the default. Never destroyed, since threads outlive statics; locks::hook is held.
Hook& hook_in_force() {
  static Hook& hook = *new Hook;
  return hook;
}

std::string text_of(const std::exception_ptr& exception) try {
  std::rethrow_exception(exception);
} catch (const std::exception& e) {
  return name_of_type(typeid(e)) + ": " + e.what();
} catch (...) {
  return name_of_current_exception();
}

std::string report_of(const ExceptHookArgs& args) {
  return "Exception in thread " + args.thread.name() + ": " + text_of(args.exc) + '\n';
}

void print_error(const std::string& text) noexcept { write_over(STDERR_FILENO, text); }

void call_hook(const ExceptHookArgs& args) {
  Hook hook;
  {
    const WordLock::Guard guard(locks::hook);
    hook = hook_in_force();
  }
  if (hook == nullptr) return default_excepthook(args);
  (*hook)(args);
}

}  // namespace

void report_exception(std::exception_ptr exception, const Thread& thread) {
  const ExceptHookArgs args{std::move(exception), thread};
  if (const auto thrown = caught([&] { call_hook(args); }))
    print_error(report_of(args) + "Exception in its excepthook: " + text_of(thrown) + '\n');
}

}  // namespace detail

ExceptHook set_excepthook(ExceptHook hook) {
  detail::Hook fresh;
  if (hook) fresh = std::make_shared<const ExceptHook>(std::move(hook));
  {
    const detail::WordLock::Guard guard(detail::locks::hook);
    detail::hook_in_force().swap(fresh);
  }
  return fresh == nullptr ? ExceptHook(default_excepthook) : *fresh;
}

void default_excepthook(const ExceptHookArgs& args) {
  detail::print_error(detail::report_of(args));
}

TWILL_END
