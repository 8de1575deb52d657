#include <twill/mp/exposed.hpp>

#include <algorithm>

#include <twill/platform/error.hpp>

#include "platform/code_place.hpp"

TWILL_BEGIN
namespace mp::detail {
namespace {

using twill::detail::atomic;

constinit atomic<const Exposed*> newest{nullptr};

thread_local Visit* writing = nullptr;

/// As gcc and clang spell lambdas, what is in unnamed namespaces, and what is in functions.
bool is_of_one_program(std::string_view spelled) noexcept {
  constexpr std::string_view kSigns[] = {"<lambda",  "(lambda",  "{anonymous}", "(anonymous",
                                         "<unnamed", "(unnamed", ")::"};
  return std::ranges::any_of(
      kSigns, [&](std::string_view sign) { return spelled.find(sign) != spelled.npos; });
}

}  // namespace

std::uint64_t key_of(const std::type_info& type, std::string_view spelled, std::uint64_t sizes,
                     void (*place)()) {
  const std::uint64_t key = mix(mix(0xcbf29ce484222325, type.name()), sizes);
  if (!is_of_one_program(spelled)) return key;
  const auto at = twill::detail::place_of(place);
  return mix(mix(mix(key, at.module), at.build_id), at.offset);
}

Granting::Granting(Visit& visit) noexcept : before_(std::exchange(writing, &visit)) {}

Granting::~Granting() { writing = before_; }

void grant(const std::shared_ptr<Referent>& referent) {
  if (writing != nullptr) writing->granted.push_back(referent);
}

Exposed::Exposed(const std::type_info& what, std::string_view spelled, std::uint64_t sizes,
                 Enter function, std::uint64_t (*type)()) noexcept
    : what_(what),
      signature_(spelled),
      sizes_(sizes),
      enter_(function),
      type_(type),
      next_(newest.load(twill::detail::relaxed)) {
  // Libraries that are loaded meanwhile enter theirs beside a server that looks for a call.
  while (!newest.compare_exchange_strong(next_, this, twill::detail::release,
                                         twill::detail::relaxed)) {
  }
}

bool Exposed::is_for(const Referent* object) const {
  if (type_ == nullptr || object == nullptr) return type_ == nullptr && object == nullptr;
  return object->type() == type_();
}

std::uint64_t Exposed::key() const {
  std::uint64_t key = key_.load(twill::detail::relaxed);
  if (key != 0) return key;
  key = key_of(what_, signature_, sizes_, reinterpret_cast<void (*)()>(enter_));
  key_.store(key, twill::detail::relaxed);
  return key;
}

const Exposed* Exposed::find(std::uint64_t key) {
  const Exposed* found = nullptr;
  for (const Exposed* each = newest.load(twill::detail::acquire); each != nullptr;
       each = each->next_) {
    if (each->key() != key) continue;
    if (found != nullptr && found->enter_ != each->enter_)
      throw RuntimeError("this program has two calls of the name " + std::string(each->signature_) +
                         ": rename what one of them calls");
    found = each;
  }
  return found;
}

}  // namespace mp::detail
TWILL_END
