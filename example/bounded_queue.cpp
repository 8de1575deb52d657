// A queue of ten: get() on an empty one gives up after two seconds, and the eleventh put() waits.
#include <twill/twill.hpp>

using namespace std::chrono_literals;

int main() {
  twill::Queue<int> q({.maxsize = 10});
  const auto begin = twill::now();
  auto at = [&] { return std::chrono::duration<double>(twill::now() - begin).count(); };

  try {
    q.get(2s);
  } catch (const twill::Empty&) {
    twill::print("{:.1f} s  Empty\n", at());
  }

  twill::Thread producer([&] {
    for (int i = 1; i <= 11; ++i) q.put(i);
    twill::print("{:.1f} s  the 11th put is through\n", at());
  });
  producer.start();
  twill::sleep(1s);
  twill::print("{:.1f} s  {} items, full: {}\n", at(), q.qsize(), q.full());
  twill::print("{:.1f} s  got {}\n", at(), q.get());
  producer.join();
  twill::print("{} items\n", q.qsize());
}
