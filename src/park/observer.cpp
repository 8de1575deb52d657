#include <twill/park/watching.hpp>

TWILL_BEGIN
namespace detail {
namespace {

atomic<const twill_observer*> current{nullptr};

}  // namespace

atomic<bool> watching{false};

void observe(twill_operation operation, const Subject& subject) noexcept {
  const twill_observer* observer = current.load(acquire);
  if (observer == nullptr) [[likely]]
    return;
  const twill_event event{sizeof event,       static_cast<std::uint32_t>(operation),
                          subject.kind->name, subject.object,
                          subject.site,       self()};
  observer->event(observer->data, &event);
}

extern "C" TWILL_API const twill_observer* twill_observe(const twill_observer* observer) {
  watching.store(observer != nullptr, relaxed);
  return current.exchange(observer, acq_rel);
}

}  // namespace detail
TWILL_END
