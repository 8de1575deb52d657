// A pipe between processes: the master sends words, the worker prints them; then one sends back.
#include <string>
#include <vector>

#include <fmt/ranges.h>
#include <twill/twill.hpp>

namespace mp = twill::mp;

int main() {
  auto [master, worker] = mp::Pipe();
  mp::Process printer([&] {
    for (;;) {
      const auto word = worker.recv<std::string>();
      if (word == "end") break;
      twill::print("{}\n", word);
    }
    worker.send(std::vector<std::string>{"hello", "world"});
  });
  printer.start();
  for (const char* word : {"Is", "this", "on?", "end"}) master.send(word);
  twill::print("{}\n", master.recv<std::vector<std::string>>());
  printer.join();
}
