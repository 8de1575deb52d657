// Three raw threads; the program waits for them itself, or, with --as-script, ends at once.
#include <string>
#include <string_view>

#include <twill/twill.hpp>

using namespace std::chrono_literals;

twill::Semaphore finished(0);

void thread_test(const std::string& name, std::chrono::seconds wait) {
  for (int i = 0; i <= 3; ++i) {
    twill::sleep(wait);
    twill::print("Running {}\n\n", name);
  }
  twill::print("{} has finished execution\n", name);
  finished.release();
}

int main(int argc, char** argv) {
  twill::start_new_thread(thread_test, "First Thread", 1s);
  twill::start_new_thread(thread_test, "Second Thread", 2s);
  twill::start_new_thread(thread_test, "Third Thread", 3s);

  // Nobody waits for raw threads and nobody can join them.
  if (argc > 1 && std::string_view(argv[1]) == "--as-script") return 0;
  for (int i = 0; i < 3; ++i) finished.acquire();
}
