#include "mp_start.hpp"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <twill/mp/process.hpp>
#include <twill/thread/thread.hpp>

#include "harness.hpp"
#include "processes.hpp"
#include "python.hpp"

namespace bench {
namespace {

void nothing() {}

/// Microseconds for a start and a join, one after the other.
template <class Begin>
Side<> starts(const char* name, Begin begin) {
  return {name, [=] {
            const int count = options.quick ? 20 : 200;
            begin();  // a server is there
            const auto from = Clock::now();
            for (int i = 0; i < count; ++i) begin();
            return std::chrono::duration<double, std::micro>(Clock::now() - from).count() / count;
          }};
}

void finish(twill::mp::Process process) {
  process.start();
  process.join();
  verify(process.exitcode() == 0, "a process ended badly");
}

const Side<> by_fork = starts("twill fork", [] { finish(twill::mp::Process(nothing)); });
const Side<> by_server =
    starts("twill forkserver", [] { finish(twill::mp::Process(twill::mp::forkserver, nothing)); });
const Side<> by_spawn =
    starts("twill spawn", [] { finish(twill::mp::Process(twill::mp::spawn, nothing)); });

const Side<> by_thread = starts("twill Thread", [] {
  twill::Thread thread(nothing);
  thread.start();
  thread.join();
});

const Side<> bare_fork = starts("fork()", [] {
  const pid_t child = fork();
  if (child == 0) _exit(0);
  int status = 1;
  verify(waitpid(child, &status, 0) == child && status == 0, "a process ended badly");
});

constexpr const char* kPython = R"python(
import multiprocessing as mp, sys, time
if __name__ == '__main__':
    context, count = mp.get_context(sys.argv[1]), int(sys.argv[2])
    def start():
        child = context.Process(target=print, args=(), kwargs={'end': ''})
        child.start()
        child.join()
    start()
    begin = time.perf_counter()
    for _ in range(count): start()
    print((time.perf_counter() - begin) / count * 1e6)
)python";

Side<> cpython(const std::string& method) {
  return {"multiprocessing", [=] {
            const int count = options.quick ? 3 : 20;
            return python(kPython, method + ' ' + std::to_string(count));
          }};
}

/// Pages of 4 KiB, as most of a heap has them.
class Large {
 public:
  Large()
      : memory_(mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) {
    verify(memory_ != MAP_FAILED, "there is no memory");
    madvise(memory_, kSize, MADV_NOHUGEPAGE);
    for (std::size_t at = 0; at < kSize; at += 4096) static_cast<volatile char*>(memory_)[at] = 1;
  }
  ~Large() { munmap(memory_, kSize); }
  Large(const Large&) = delete;
  Large& operator=(const Large&) = delete;

 private:
  static constexpr std::size_t kSize = std::size_t{1} << 30;
  void* memory_;
};

}  // namespace

void run_process_starts() {
  compare(Work{"start and join of a Thread", "us", Better::less, 1}, {by_thread, by_fork});
  compare(Work{"start and join by fork", "us", Better::less, 4}, {by_fork, cpython("fork")});
  compare(Work{"start and join by forkserver", "us", Better::less, 4},
          {by_server, cpython("forkserver")});
  compare(Work{"start and join by forkserver, not fork", "us", Better::less},
          {by_server, cpython("fork")});
  compare(Work{"start and join by spawn", "us", Better::less, 4}, {by_spawn, cpython("spawn")});
  const Large parent;
  compare(Work{"forkserver, parent of 1 GiB", "us", Better::less, 10}, {by_server, bare_fork});
  compare(Work{"spawn, parent of 1 GiB", "us", Better::less, 10}, {by_spawn, bare_fork});
}

}  // namespace bench
