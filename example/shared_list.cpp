// Threads share memory: one appends to a list, and the other sees it.
#include <vector>

#include <fmt/ranges.h>
#include <twill/twill.hpp>

int main() {
  std::vector<int> list = {0, 1, 2};
  twill::Event printed, appended;

  twill::Thread first([&] {
    printed.wait();
    list.push_back(3);
    appended.set();
  });
  twill::Thread second([&] {
    twill::print("{}\n", list);
    printed.set();
    appended.wait();
    twill::print("{}\n", list);
  });

  first.start();
  second.start();
  first.join();
  second.join();
}
