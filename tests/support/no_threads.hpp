#pragma once

#include <cstdint>

#include "platform/fault.hpp"

namespace support {

/// While it lives, the system refuses threads to this process, after so many that it starts.
class NoThreads {
 public:
  explicit NoThreads(std::int64_t after = 0) { refuse_after(kFault, after); }
  ~NoThreads() { refuse_no_more(kFault); }
  NoThreads(const NoThreads&) = delete;
  NoThreads& operator=(const NoThreads&) = delete;

 private:
  static constexpr auto kFault = twill::detail::Fault::thread_create;
};

}  // namespace support
