// Five threads meet at a barrier; when only four come, it breaks after ten seconds.
#include <vector>

#include <twill/twill.hpp>

using namespace std::chrono_literals;

void meet(int threads) {
  twill::Barrier barrier(5, {.timeout = 10s});
  const auto begin = twill::now();

  std::vector<twill::Thread> all;
  for (int i = 0; i < threads; ++i)
    all.emplace_back([&] {
      try {
        twill::print("wait() returned {}\n", barrier.wait());
      } catch (const twill::BrokenBarrierError& error) {
        const std::chrono::duration<double> waited = twill::now() - begin;
        twill::print("broken after {:.0f} s: {}\n", waited.count(), error.what());
      }
    });
  for (auto& thread : all) thread.start();
  for (auto& thread : all) thread.join();
}

int main() {
  meet(5);
  meet(4);
}
