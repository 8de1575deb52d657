#pragma once

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <dirent.h>
#include <exception>
#include <filesystem>
#include <new>
#include <string>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace support {

/// A T that the children of forks share with their parent.
template <class T>
class Common {
 public:
  template <class... Args>
  explicit Common(Args&&... args)
      : value_(new(mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
                        0)) T(std::forward<Args>(args)...)) {}
  ~Common() { munmap(value_, sizeof(T)); }
  Common(const Common&) = delete;
  Common& operator=(const Common&) = delete;

  T& operator*() const { return *value_; }
  T* operator->() const { return value_; }

 private:
  T* value_;
};

/// A child that runs `f` and ends, with 0 if it answers true; killed if it is still there when this
/// goes, or after so long that it can only hang.
class Child {
 public:
  template <class F>
  explicit Child(F&& f) : pid_(fork()) {
    if (pid_ != 0) return;
    alarm(200);
    bool ok = false;
    try {
      ok = f();
    } catch (const std::exception& error) {
      dprintf(STDERR_FILENO, "uncaught in a child: %s\n", error.what());
    }
    _exit(ok ? 0 : 1);
  }
  ~Child() {
    if (pid_ > 0) kill();
  }
  Child(Child&& other) noexcept : pid_(std::exchange(other.pid_, 0)) {}
  Child& operator=(Child&&) = delete;

  pid_t pid() const { return pid_; }

  /// Whether it answered true.
  bool succeeds() {
    int status = 0;
    waitpid(std::exchange(pid_, 0), &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }

  void kill() {
    ::kill(pid_, SIGKILL);
    waitpid(std::exchange(pid_, 0), nullptr, 0);
  }

 private:
  pid_t pid_;
};

/// Waits until `word` is `value`, whoever changes it.
inline void until(const std::atomic<int>& word, int value) {
  while (word.load() != value) usleep(100);
}

/// Of a process or a thread by its folder in /proc, as ps(1) has it; '\0' if it is gone.
inline char state_of(const std::string& folder) {
  std::FILE* const file = std::fopen((folder + "/stat").c_str(), "re");
  if (file == nullptr) return '\0';
  char text[512] = {};
  const std::size_t size = std::fread(text, 1, sizeof text - 1, file);
  std::fclose(file);
  text[size] = '\0';
  const char* const end = std::strrchr(text, ')');
  return end != nullptr ? end[2] : '\0';
}

/// Waits until `pid` sleeps in the kernel.
inline bool sleeps(pid_t pid) { return state_of("/proc/" + std::to_string(pid)) == 'S'; }
inline void until_asleep(pid_t pid) {
  for (int calm = 0; calm < 3; calm = sleeps(pid) ? calm + 1 : 0) usleep(500);
}

/// Sends SIGSTOP and waits until no thread of the process runs: until one of them takes the signal,
/// the others go on.
inline void stop(pid_t pid) {
  kill(pid, SIGSTOP);
  const auto runs = [](const auto& thread) { return state_of(thread.path().string()) != 'T'; };
  const std::filesystem::path threads("/proc/" + std::to_string(pid) + "/task");
  while (std::ranges::any_of(std::filesystem::directory_iterator(threads), runs)) usleep(500);
}

/// As until_asleep(), in the system call that listens to many words, which a wait begins some time
/// after it began to sleep; false where the kernel has none, or does not tell.
inline bool until_listening(pid_t pid) {
  constexpr long kWaitForMany = 449;
  if (syscall(kWaitForMany, nullptr, 0, 0, nullptr, 0) < 0 && errno == ENOSYS) return false;
  const std::string path = "/proc/" + std::to_string(pid) + "/syscall";
  for (long call = 0; call != kWaitForMany; usleep(500)) {
    std::FILE* const file = std::fopen(path.c_str(), "re");
    if (file == nullptr) return false;
    char line[256];
    const bool told = std::fgets(line, sizeof line, file) != nullptr;
    std::fclose(file);
    if (!told) return false;
    if (std::sscanf(line, "%ld", &call) != 1) call = 0;  // it runs
  }
  return true;
}

inline int open_descriptors() {
  int count = 0;
  DIR* const folder = opendir("/proc/self/fd");
  while (readdir(folder) != nullptr) ++count;
  closedir(folder);
  return count;
}

}  // namespace support
