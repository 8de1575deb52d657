#include <mutex>
#include <twill/twill.hpp>

int main() {
  twill::Lock lock;
  twill::Thread thread([&] { std::scoped_lock hold(lock); });
  thread.start();
  thread.join();
  twill::print("consumer: ok\n");
}
