#pragma once

#include <string>
#include <utility>

#include <twill/platform/abi.hpp>

TWILL_BEGIN
namespace mp {

/// Thrown in a process that Process started, it ends it in order: with a code, of which the system
/// keeps the low 8 bits, or with 1 after a text that is printed to stderr. No std::exception, so
/// that handlers of errors let it pass (Python's SystemExit).
class SystemExit {
 public:
  SystemExit(int code = 0) noexcept : code_(code) {}
  SystemExit(std::string text) : code_(1), text_(std::move(text)) {}
  SystemExit(const char* text) : SystemExit(std::string(text)) {}

  int code() const noexcept { return code_; }
  const std::string& text() const noexcept { return text_; }

 private:
  int code_;
  std::string text_ = {};
};

}  // namespace mp
TWILL_END
