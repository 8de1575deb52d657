// Three threads of a class with fields of its own run every one, two and three seconds.
#include <string>

#include <twill/twill.hpp>

using namespace std::chrono_literals;

void thread_test(const std::string& name, std::chrono::seconds wait, int times) {
  for (int i = 0; i < times; ++i) {
    twill::sleep(wait);
    twill::print("Running {} \n\n", name);
  }
  twill::print("{} has finished execution\n", name);
}

class ThreadTester : public twill::Thread {
 public:
  ThreadTester(int id, std::string name, std::chrono::seconds i)
      : id_(id), name_(std::move(name)), i_(i) {}

  void run() override { thread_test(name_, i_, 5); }

  int id() const { return id_; }

 private:
  const int id_;
  const std::string name_;
  const std::chrono::seconds i_;
};

int main() {
  auto first = twill::make_thread<ThreadTester>(1, "First Thread", 1s);
  auto second = twill::make_thread<ThreadTester>(2, "Second Thread", 2s);
  auto third = twill::make_thread<ThreadTester>(3, "Third Thread", 3s);
  first.start();
  second.start();
  third.start();
  first.join();
  second.join();
  third.join();
}
