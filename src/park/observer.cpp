#include <twill/park/watching.hpp>

#include <utility>

#include "park/context.hpp"

TWILL_BEGIN
namespace detail {
namespace {

atomic<const twill_observer*> current{nullptr};
atomic<const Overseer*> overseer_in_force{nullptr};

}  // namespace

atomic<bool> watching{false};

PartOfOperation::PartOfOperation(bool is_part) noexcept
    : before_(watching.load(relaxed) && std::exchange(self_context().inside_operation, is_part)) {}

PartOfOperation::~PartOfOperation() {
  if (watching.load(relaxed)) self_context().inside_operation = before_;
}

void observe(twill_operation operation, const Subject& subject, const Limits* limits) noexcept {
  if (operation != TWILL_SLEEP && self_context().inside_operation) return;
  const Overseer* overseer = overseer_in_force.load(acquire);
  if (overseer != nullptr) [[unlikely]]
    overseer->sees(operation, subject, limits);
  const twill_observer* observer = current.load(acquire);
  if (observer == nullptr) [[likely]]
    return;
  const twill_event event{sizeof event,       static_cast<std::uint32_t>(operation),
                          subject.kind->name, subject.object,
                          subject.site,       self()};
  observer->event(observer->data, &event);
}

void oversee(const Overseer* overseer) noexcept {
  overseer_in_force.store(overseer, release);
  watching.store(overseer != nullptr || current.load(acquire) != nullptr, relaxed);
}

extern "C" TWILL_API const twill_observer* twill_observe(const twill_observer* observer) {
  watching.store(observer != nullptr || overseer_in_force.load(acquire) != nullptr, relaxed);
  return current.exchange(observer, acq_rel);
}

}  // namespace detail
TWILL_END
