#include "platform/main_entry.hpp"

#include <cerrno>
#include <cstdlib>
#include <dlfcn.h>
#include <spawn.h>
#include <sys/auxv.h>
#include <unistd.h>
#include <vector>

#include "platform/fault.hpp"

TWILL_BEGIN
namespace detail {
namespace {

using ProgramMain = int (*)(int, char**, char**);

constinit ProgramMain program_main = nullptr;
constinit char** arguments = nullptr;
constinit Main replacement = nullptr;

/// Called where main() would be, after the constructors of the program's static objects.
int enter_main(int argc, char** argv, char** environment) {
  return replacement != nullptr ? replacement() : program_main(argc, argv, environment);
}

}  // namespace

void replace_main(Main main) noexcept { replacement = main; }

const char* why_not_again() noexcept {
  if (arguments == nullptr)
    return "twill cannot take the place of its main(): link the C library as a shared one, and "
           "twill "
           "before it";
  if (getauxval(AT_BASE) == 0) return "the loader was told to run it: start the program itself";
  return nullptr;
}

int start_this_program(const char* setting, std::span<const int> keep) noexcept {
  if (fault(Fault::fork)) return -EAGAIN;
  posix_spawn_file_actions_t actions;
  if (const int error = posix_spawn_file_actions_init(&actions); error != 0) return -error;
  int error = 0;
  for (const int file : keep)
    if (file >= 0 && error == 0)  // onto itself: stays open across exec
      error = posix_spawn_file_actions_adddup2(&actions, file, file);
  pid_t pid = 0;
  try {
    std::vector<char*> environment;
    for (char** each = environ; *each != nullptr; ++each) environment.push_back(*each);
    environment.push_back(const_cast<char*>(setting));
    environment.push_back(nullptr);
    if (error == 0)
      error = posix_spawn(&pid, "/proc/self/exe", &actions, nullptr, arguments, environment.data());
  } catch (...) {
    error = ENOMEM;
  }
  posix_spawn_file_actions_destroy(&actions);
  return error == 0 ? pid : -error;
}

}  // namespace detail
TWILL_END

/// The C library's, which the start of every program calls; this one is found first. Weak, so that
/// a program that has the C library in itself takes that one's.
extern "C" [[gnu::weak, gnu::visibility("default")]] int __libc_start_main(
    int (*main)(int, char**, char**), int argc, char** argv, void (*init)(), void (*fini)(),
    void (*rtld_fini)(), void* stack_end) {
  using Start = decltype(&__libc_start_main);
  const auto start = reinterpret_cast<Start>(dlsym(RTLD_NEXT, "__libc_start_main"));
  twill::detail::program_main = main;
  twill::detail::arguments = argv;
  return start(twill::detail::enter_main, argc, argv, init, fini, rtld_fini, stack_end);
}
