#include "tools/explore/surroundings.hpp"

#include <exception>
#include <string>
#include <utility>

#include <twill/platform/error.hpp>

#include "task/names.hpp"
#include "thread/state.hpp"
#include "tools/explore/engine.hpp"

TWILL_BEGIN
namespace detail::explorer {
namespace {

void on_exception(const ExceptHookArgs& args) {
  Engine* engine = Engine::of_caller();
  if (engine == nullptr) return default_excepthook(args);
  const std::string left = "an exception left " + args.thread.name();
  try {
    std::rethrow_exception(args.exc);
  } catch (const Stop&) {
  } catch (const DeadlockError& e) {
    engine->fail(Finding::deadlock, e.what());
  } catch (const std::exception& e) {
    engine->fail(Finding::exception, left + ": " + e.what());
  } catch (...) {
    engine->fail(Finding::exception, left);
  }
}

}  // namespace

Surroundings::Surroundings()
    : hook_(set_excepthook(on_exception)),
      threads_named_(threads_named.load(relaxed)),
      crews_named_(crews_named.load(relaxed)) {}

Surroundings::~Surroundings() {
  set_excepthook(std::move(hook_));
  threads_named.store(threads_named_, relaxed);
  crews_named.store(crews_named_, relaxed);
}

}  // namespace detail::explorer
TWILL_END
