// A stack and a priority queue between threads: last in first out, and the lowest number first.
#include <string>
#include <utility>

#include <twill/twill.hpp>

int main() {
  twill::LifoQueue<std::string> stack;
  for (const char* s : {"first", "second", "third"}) stack.put(s);
  while (!stack.empty()) twill::print("{}\n", stack.get());

  twill::PriorityQueue<std::pair<int, std::string>> todo;
  todo.put({3, "sleep"});
  todo.put({1, "wake up"});
  todo.put({2, "work"});
  while (!todo.empty()) {
    const auto [priority, data] = todo.get();
    twill::print("{}: {}\n", priority, data);
  }
}
