#include "platform/thread.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <pthread.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "platform/fault.hpp"

TWILL_BEGIN
namespace detail {
namespace {

int fill(pthread_attr_t& attributes, const ThreadRequest& request) noexcept {
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  if (request.stack_size != 0)
    if (const int error = pthread_attr_setstacksize(&attributes, request.stack_size)) return error;
  if (!request.blocks_signals) return 0;
  sigset_t all;
  sigfillset(&all);
  return pthread_attr_setsigmask_np(&attributes, &all);
}

}  // namespace

int create_thread(const ThreadRequest& request) noexcept {
  if (fault(Fault::thread_create)) return EAGAIN;
  pthread_attr_t attributes;
  if (const int error = pthread_attr_init(&attributes)) return error;
  int error = fill(attributes, request);
  pthread_t ignored;
  if (error == 0) error = pthread_create(&ignored, &attributes, request.entry, request.argument);
  pthread_attr_destroy(&attributes);
  return error;
}

std::size_t least_stack_size() noexcept {
  constexpr long kLeast = 32 * 1024;
  return static_cast<std::size_t>(std::max(kLeast, sysconf(_SC_THREAD_STACK_MIN)));
}

void set_kernel_name(const char* name) noexcept {
  char cut[16]{};
  std::strncpy(cut, name, sizeof cut - 1);
  prctl(PR_SET_NAME, cut);
}

}  // namespace detail
TWILL_END
