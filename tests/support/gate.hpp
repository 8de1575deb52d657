#pragma once

#include <cstdlib>
#include <fcntl.h>
#include <string>
#include <unistd.h>

namespace support {

/// What calls wait at, in whatever process: a file that is there or is not, in a folder of its own.
class Gate {
 public:
  Gate() {
    char folder[] = "/tmp/twill-XXXXXX";
    if (mkdtemp(folder) == nullptr) std::abort();
    folder_ = folder;
    path_ = folder_ + "/open";
  }
  ~Gate() {
    unlink(path_.c_str());
    rmdir(folder_.c_str());
  }
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  const std::string& path() const noexcept { return path_; }
  void open() const { open(path_); }
  static void open(const std::string& path) {
    ::close(::open(path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
  }
  static bool is_open(const std::string& path) { return access(path.c_str(), F_OK) == 0; }
  static void wait(const std::string& path) {
    while (!is_open(path)) usleep(500);
  }

 private:
  std::string folder_;
  std::string path_;
};

}  // namespace support
