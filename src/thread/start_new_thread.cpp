#include <twill/thread/start_new_thread.hpp>

#include <twill/platform/error.hpp>

#include "thread/state.hpp"

TWILL_BEGIN
namespace detail {
namespace {

struct RawThread final : Runnable {
  explicit RawThread(std::unique_ptr<Target> given) : target(std::move(given)) {}

  void main() override {
    const std::unique_ptr<RawThread> mine(this);
    guarded([this] { target->run(); });
    guarded([this] { target->discard(); });
  }

  std::unique_ptr<Target> target;
};

}  // namespace

std::uint64_t start_raw(std::unique_ptr<Target> target) {
  auto thread = std::make_unique<RawThread>(std::move(target));
  const Launched launched = launch(*thread, {});
  if (launched.error != 0) throw OSError(launched.error, "start_new_thread()");
  static_cast<void>(thread.release());  // it is its own
  return launched.context;
}

}  // namespace detail
TWILL_END
