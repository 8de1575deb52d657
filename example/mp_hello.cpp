// Two processes, each with a number of its own from the kernel.
#include <unistd.h>
#include <vector>

#include <twill/twill.hpp>

namespace mp = twill::mp;

int main() {
  std::vector<mp::Process> processes;
  for (int i = 0; i < 2; ++i)
    processes.emplace_back([] { twill::print("hello from process {}\n", getpid()); });
  for (auto& process : processes) process.start();
  for (auto& process : processes) process.join();
  twill::print("all children of {} are done\n", getpid());
}
