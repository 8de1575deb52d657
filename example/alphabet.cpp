// Three threads turn the letters of the alphabet into numbers; one prints what comes through a
// queue.
#include <string_view>
#include <vector>

#include <twill/twill.hpp>

constexpr std::string_view kAlpha = "abcdefghijklmnopqrstuvwxyz";
constexpr int kProducers = 3;

int ord(char letter) { return letter; }
static_assert('a' == 97);

twill::Queue<int> numbers;

void producer(std::size_t first) {
  for (std::size_t i = first; i < kAlpha.size(); i += kProducers) numbers.put(ord(kAlpha[i]));
}

void consumer() {
  for (std::size_t i = 0; i < kAlpha.size(); ++i) twill::print("{}\n", numbers.get());
}

int main() {
  std::vector<twill::Thread> threads;
  for (std::size_t i = 0; i < kProducers; ++i) threads.emplace_back(producer, i);
  threads.emplace_back(consumer);
  for (auto& thread : threads) thread.start();
  for (auto& thread : threads) thread.join();
}
