// Ends as its argument says, while a thread of its own runs or after.

#include <csignal>
#include <cstdlib>
#include <string_view>
#include <sys/wait.h>
#include <unistd.h>

#include <twill/sync/hold.hpp>
#include <twill/sync/lock.hpp>
#include <twill/thread/thread.hpp>

namespace {

void have_a_child() {
  const pid_t child = fork();
  if (child == 0) _exit(0);
  waitpid(child, nullptr, 0);
}

void loop() {
  for (volatile bool go = true; go;) {
  }
}

void end(std::string_view how) {
  if (how == "fork") have_a_child();
  if (how == "abort") std::abort();
  if (how == "kill") std::raise(SIGKILL);
  if (how == "exit") std::exit(3);
  if (how == "_exit") _exit(3);
  if (how == "pause") pause();
  if (how == "loop") loop();
}

}  // namespace

/// ends main|worker|return how
int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const std::string_view who = argv[1], how = argv[2];
  twill::Lock lock;
  twill::Thread worker({.name = "worker"}, [&] {
    const twill::Hold hold(lock);
    if (who == "worker") end(how);
  });
  if (who == "main") end(how);
  worker.start();
  worker.join();
  return who == "return" ? 4 : 0;
}
