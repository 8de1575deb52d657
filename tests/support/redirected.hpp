#pragma once

#include <cstdio>
#include <unistd.h>

namespace support {

/// Leads a descriptor elsewhere for a while.
class Redirected {
 public:
  Redirected(int descriptor, int to) : descriptor_(descriptor), saved_(dup(descriptor)) {
    std::fflush(stdout);
    dup2(to, descriptor_);
  }
  ~Redirected() {
    std::fflush(stdout);
    dup2(saved_, descriptor_);
    close(saved_);
  }
  Redirected(const Redirected&) = delete;
  Redirected& operator=(const Redirected&) = delete;

 private:
  int descriptor_, saved_;
};

}  // namespace support
