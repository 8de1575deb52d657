#include "platform/carrier.hpp"

#include "platform/futex.hpp"

TWILL_BEGIN
namespace detail {

int Carrier::start() noexcept {
  const int error = pthread_create(&thread_, nullptr, run, this);
  is_thread_ = error == 0;
  return error;
}

void* Carrier::run(void* self) {
  Carrier& carrier = *static_cast<Carrier*>(self);
  Fiber& first = carrier.await();
  if (&first != &carrier.base_) carrier.base_.switch_to(first);
  return nullptr;
}

Carrier::~Carrier() {
  if (!is_thread_) return;
  resume(base_);
  pthread_join(thread_, nullptr);
}

void Carrier::resume(Fiber& fiber) noexcept {
  next_ = &fiber;
  is_resumed_.store(1, release);
  futex_wake(is_resumed_);
}

Fiber& Carrier::await() noexcept {
  while (is_resumed_.load(acquire) == 0) futex_wait(is_resumed_, 0);
  is_resumed_.store(0, relaxed);
  return *next_;
}

}  // namespace detail
TWILL_END
