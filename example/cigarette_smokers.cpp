// An agent lays out two ingredients; the smoker who has the third one smokes, and nobody else.
//
// The Little Book of Semaphores (A. Downey), 4.5, after S. Patil: three pushers find out who is
// meant, because no smoker may take what another one needs.
#include <array>
#include <vector>

#include <twill/twill.hpp>

constexpr std::array kNames = {"tobacco", "paper", "matches"};
constexpr std::size_t kRounds = 6;

twill::Semaphore agent(1);
std::array<twill::Semaphore, 3> laid_out = {twill::Semaphore(0), twill::Semaphore(0),
                                            twill::Semaphore(0)};
std::array<twill::Semaphore, 3> wake = {twill::Semaphore(0), twill::Semaphore(0),
                                        twill::Semaphore(0)};
twill::Guarded<std::array<bool, 3>> on_table;

// Keeps one ingredient in mind until a second one lies there, then wakes who has the third.
void pusher(std::size_t mine) {
  for (;;) {
    laid_out[mine].acquire();
    const auto table = on_table.lock();
    (*table)[mine] = true;
    for (std::size_t other = 0; other < 3; ++other)
      if (other != mine && (*table)[other]) {
        (*table)[mine] = (*table)[other] = false;
        wake[3 - mine - other].release();
        break;
      }
  }
}

void smoker(std::size_t mine) {
  for (;;) {
    wake[mine].acquire();
    twill::print("the smoker with {} smokes\n", kNames[mine]);
    agent.release();
  }
}

int main() {
  std::vector<twill::Thread> others;
  for (std::size_t i = 0; i < 3; ++i) {
    others.emplace_back(twill::ThreadOptions{.daemon = true}, pusher, i).start();
    others.emplace_back(twill::ThreadOptions{.daemon = true}, smoker, i).start();
  }
  for (std::size_t round = 0; round < kRounds; ++round) {
    agent.acquire();
    const std::size_t one = (round + 1) % 3, two = (round + 2) % 3;
    twill::print("{} and {} are on the table\n", kNames[one], kNames[two]);
    laid_out[one].release();
    laid_out[two].release();
  }
  agent.acquire();  // the last one has smoked
}
