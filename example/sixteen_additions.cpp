// Sixteen additions of a second each, by 1, 2, 3, 4, 8 and 16 threads: 16 seconds by one, 1 by 16.
#include <chrono>
#include <utility>
#include <vector>

#include <twill/twill.hpp>

using namespace std::chrono_literals;

int add(int a, int b) {
  twill::sleep(1s);
  return a + b;
}

int main() {
  std::vector<std::pair<int, int>> additions;
  for (int i = 0; i < 16; ++i) additions.emplace_back(i, 16 - i);

  for (const int threads : {1, 2, 3, 4, 8, 16}) {
    twill::ThreadPool pool({.processes = threads});
    const auto start = twill::now();
    const auto sums = pool.starmap(add, additions);
    const std::chrono::duration<double> elapsed = twill::now() - start;

    const bool right = sums == std::vector(16, 16);
    twill::print("{:2} threads: {:4.1f} s, {}\n", threads, elapsed.count(),
                 right ? "all right" : "wrong");
  }
}
