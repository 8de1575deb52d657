#pragma once

#include <exception>
#include <string>

#include <twill/platform/abi.hpp>

TWILL_BEGIN
namespace mp {

/// An exception as a value that crosses to another process, like any other aggregate:
///
///     const auto bytes = to_bytes(Failure::of(std::current_exception()));
///     std::rethrow_exception(from_bytes<Failure>(bytes).exception());
///
/// The exceptions of twill, and those of <stdexcept>, <new>, <typeinfo> and std::system_error, keep
/// their type, their words and their code; any other becomes a RemoteError. The name of a type only
/// picks from a fixed table, so whatever arrives runs no code but these constructors.
struct TWILL_API Failure {
  std::string type;      ///< as a program spells it: "std::out_of_range"
  std::string text;      ///< what(), without what its code says
  int number = 0;        ///< of a std::system_error's code
  std::string category;  ///< and the name of its category; empty without a code

  /// Of an exception, which has to be there. Any thread, never blocks.
  static Failure of(const std::exception_ptr& exception);
  /// The exception that was. Any thread, never blocks.
  std::exception_ptr exception() const;
};

}  // namespace mp
TWILL_END
