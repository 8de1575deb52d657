#pragma once

#include <string>
#include <system_error>
#include <utility>

#include <twill/platform/error.hpp>

TWILL_BEGIN
namespace mp {

/// An exception of another process, of a type that twill does not know: its name, and its words.
class TWILL_API RemoteError : public Error {
 public:
  RemoteError(std::string type, std::string text, std::error_code code = {})
      : Error(text.empty() ? type : type + ": " + text),
        type_(std::move(type)),
        text_(std::move(text)),
        code_(code) {}

  /// As a program spells it: "bank::Overdrawn".
  const std::string& type() const noexcept { return type_; }
  /// Its what(); empty if it had none.
  const std::string& text() const noexcept { return text_; }
  /// What a std::system_error had; zero for others.
  const std::error_code& code() const noexcept { return code_; }

 private:
  std::string type_;
  std::string text_;
  std::error_code code_;
};

}  // namespace mp
TWILL_END
