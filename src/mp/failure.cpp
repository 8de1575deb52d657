#include <twill/mp/failure.hpp>

#include <algorithm>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <typeinfo>
#include <variant>

#include <twill/mp/authentication_error.hpp>
#include <twill/mp/decode_error.hpp>
#include <twill/mp/peer_died.hpp>
#include <twill/mp/remote_error.hpp>
#include <twill/platform/error.hpp>
#include <twill/task/error.hpp>

#include "platform/type_name.hpp"

TWILL_BEGIN
namespace mp {
namespace {

const std::error_category* category_of(std::string_view name) noexcept {
  for (const auto* const each : {&std::generic_category(), &std::system_category()})
    if (name == each->name()) return each;
  return nullptr;
}

std::error_code code_of(const Failure& failure) noexcept {
  const std::error_category* const category = category_of(failure.category);
  return category != nullptr ? std::error_code(failure.number, *category) : std::error_code();
}

/// Null if the failure cannot be an E.
template <class E>
std::exception_ptr make(const Failure& failure) {
  if constexpr (std::is_same_v<E, std::system_error>) {
    if (category_of(failure.category) == nullptr) return nullptr;
    return std::make_exception_ptr(E(code_of(failure), failure.text));
  } else if constexpr (std::is_same_v<E, OSError>) {
    return std::make_exception_ptr(E(failure.number, failure.text));
  } else if constexpr (std::is_constructible_v<E, const std::string&>) {
    return std::make_exception_ptr(E(failure.text));
  } else {
    return std::make_exception_ptr(E());
  }
}

struct Known {
  std::string_view name;
  std::exception_ptr (*make)(const Failure& failure);
};

constexpr Known kKnown[] = {
    {"std::exception", make<std::exception>},
    {"std::logic_error", make<std::logic_error>},
    {"std::invalid_argument", make<std::invalid_argument>},
    {"std::domain_error", make<std::domain_error>},
    {"std::length_error", make<std::length_error>},
    {"std::out_of_range", make<std::out_of_range>},
    {"std::runtime_error", make<std::runtime_error>},
    {"std::range_error", make<std::range_error>},
    {"std::overflow_error", make<std::overflow_error>},
    {"std::underflow_error", make<std::underflow_error>},
    {"std::system_error", make<std::system_error>},
    {"std::bad_alloc", make<std::bad_alloc>},
    {"std::bad_array_new_length", make<std::bad_array_new_length>},
    {"std::bad_cast", make<std::bad_cast>},
    {"std::bad_typeid", make<std::bad_typeid>},
    {"std::bad_exception", make<std::bad_exception>},
    {"std::bad_function_call", make<std::bad_function_call>},
    {"std::bad_optional_access", make<std::bad_optional_access>},
    {"std::bad_variant_access", make<std::bad_variant_access>},
    {"std::bad_weak_ptr", make<std::bad_weak_ptr>},
    {"twill::Error", make<Error>},
    {"twill::RuntimeError", make<RuntimeError>},
    {"twill::ValueError", make<ValueError>},
    {"twill::TimeoutError", make<TimeoutError>},
    {"twill::CancelledError", make<CancelledError>},
    {"twill::InterruptedError", make<InterruptedError>},
    {"twill::DeadlockError", make<DeadlockError>},
    {"twill::OwnerVanished", make<OwnerVanished>},
    {"twill::BrokenBarrierError", make<BrokenBarrierError>},
    {"twill::IndexError", make<IndexError>},
    {"twill::Empty", make<Empty>},
    {"twill::Full", make<Full>},
    {"twill::ShutDown", make<ShutDown>},
    {"twill::EOFError", make<EOFError>},
    {"twill::OSError", make<OSError>},
    {"twill::BrokenPipeError", make<BrokenPipeError>},
    {"twill::InvalidStateError", make<InvalidStateError>},
    {"twill::BrokenThreadPool", make<BrokenThreadPool>},
    {"twill::mp::DecodeError", make<DecodeError>},
    {"twill::mp::PeerDied", make<PeerDied>},
    {"twill::mp::AuthenticationError", make<AuthenticationError>},
};

/// The words of a system_error end with those of its code, which its constructor adds again.
std::string own_words(const std::system_error& e) {
  const std::string_view text = e.what();
  const std::string added = ": " + e.code().message();
  return std::string(text.ends_with(added) ? text.substr(0, text.size() - added.size()) : text);
}

}  // namespace

Failure Failure::of(const std::exception_ptr& exception) try {
  std::rethrow_exception(exception);
} catch (const RemoteError& e) {
  const bool coded = e.code().value() != 0;
  return {e.type(), e.text(), e.code().value(), coded ? e.code().category().name() : ""};
} catch (const std::system_error& e) {
  return {twill::detail::name_of_type(typeid(e)), own_words(e), e.code().value(),
          e.code().category().name()};
} catch (const std::exception& e) {
  return {twill::detail::name_of_type(typeid(e)), e.what(), 0, ""};
} catch (...) {
  return {twill::detail::name_of_current_exception(), "", 0, ""};
}

std::exception_ptr Failure::exception() const {
  const auto* const known = std::ranges::find(kKnown, type, &Known::name);
  if (known != std::end(kKnown))
    if (auto made = known->make(*this)) return made;
  return std::make_exception_ptr(RemoteError(type, text, code_of(*this)));
}

}  // namespace mp
TWILL_END
