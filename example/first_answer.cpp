// Three are asked at once. The answers are read as they come; the fastest is doubled elsewhere.
#include <chrono>
#include <vector>

#include <twill/twill.hpp>

using namespace std::chrono_literals;

twill::Future<int> ask(int question, std::chrono::milliseconds thinks) {
  twill::Future<int> answer;
  twill::start_new_thread([=]() mutable {
    twill::sleep(thinks);
    answer.set_result(question * question);
  });
  return answer;
}

int main() {
  const std::vector answers{ask(3, 30ms), ask(1, 10ms), ask(2, 20ms)};
  const auto doubled = answers[1].then([](int n) { return 2 * n; });

  for (const auto& answer : twill::as_completed(answers, 5s)) twill::print("{}\n", answer.result());
  twill::print("{}\n", doubled.result());
}
