#include <twill/task/future_core.hpp>
#include <twill/task/task.hpp>

TWILL_BEGIN
namespace detail {

namespace {

/// The way from a stop_token to a future, which is closed when that is done; whoever completes it
/// waits for a request that is on the way.
struct StopLink final : Listener {
  struct Ask {
    void operator()() const noexcept {
      FutureCore& it = *future;  // the link may go in the midst of this
      it.keep();
      it.request_stop();
      it.drop();
    }
    FutureCore* future;
  };
  /// While there is a callback there is a handle.
  struct Handle {
    explicit Handle(FutureCore& f) noexcept : future(f) { future.keep(); }
    ~Handle() { future.drop(); }
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
    FutureCore& future;
  };

  StopLink(const std::stop_token& stop, FutureCore& future)
      : handle(future), callback(stop, Ask{&future}) {}

  FutureCore* hear(FutureCore&) noexcept override { return delete this, nullptr; }

  Handle handle;
  std::stop_callback<Ask> callback;
};

}  // namespace

void stop_with(const std::stop_token& stop, FutureCore& future, Job& job) {
  try {
    future.add(*new StopLink(stop, future));
  } catch (...) {
    job.abandon(nullptr);
    throw;
  }
}

}  // namespace detail
TWILL_END
