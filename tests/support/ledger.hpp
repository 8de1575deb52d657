#pragma once

#include <fcntl.h>
#include <string>
#include <unistd.h>
#include <vector>

#include "support/gate.hpp"

namespace support {

/// Numbers that calls leave in a file, in whatever process they run.
class Ledger {
 public:
  static void write(const std::string& path, int n) {
    const int file = ::open(path.c_str(), O_CREAT | O_APPEND | O_WRONLY | O_CLOEXEC, 0600);
    static_cast<void>(!::write(file, &n, sizeof n));
    ::close(file);
  }
  static std::vector<int> read(const std::string& path) {
    std::vector<int> all;
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    for (int n; ::read(file, &n, sizeof n) == sizeof n;) all.push_back(n);
    ::close(file);
    return all;
  }

  const std::string& path() const noexcept { return file_.path(); }
  std::vector<int> read() const { return read(path()); }

 private:
  Gate file_;
};

}  // namespace support
