// A salary of 2.000 is lost: both tasks read the balance before either has written it.
//
// Each task reads, adds and writes, in an order that is forced here. All 20 orders are tried after.
#include <algorithm>
#include <array>
#include <atomic>
#include <set>
#include <string>

#include <fmt/ranges.h>
#include <twill/twill.hpp>

constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr std::array kSteps = {"read", "add", "write"};

std::string euro(int amount) { return fmt::format("{}.{:03}", amount / 1000, amount % 1000); }

// Two tasks at one bank account; `order` says whose step comes next.
class Bank {
 public:
  Bank(std::string order, bool verbose) : order_(std::move(order)), verbose_(verbose) {}

  int run() {
    twill::Thread salary([&] { task('1', +2000); }), auction([&] { task('2', -1000); });
    salary.start();
    auction.start();
    salary.join();
    auction.join();
    return balance_.load(kRelaxed);
  }

 private:
  void task(char me, int amount) {
    int mine = 0;
    for (const std::string step : kSteps) {
      twill::Hold hold(stepped_);
      stepped_.wait_for([&] { return order_[next_] == me; });
      if (step == "read") mine = balance_.load(kRelaxed);
      if (step == "add") mine += amount;
      if (step == "write") balance_.store(mine, kRelaxed);
      if (verbose_)
        twill::print("| T{} | {:5} | {:>6} | {:>7} |\n", me, step, euro(mine),
                     euro(balance_.load(kRelaxed)));
      ++next_;
      stepped_.notify_all();
    }
  }

  const std::string order_;
  const bool verbose_;
  std::atomic<int> balance_{10'000};  // reading and writing are apart: that is the mistake
  twill::Condition stepped_;
  std::size_t next_ = 0;
};

int main() {
  twill::print("| by | step  |   mine | balance |\n");
  const int end = Bank("121122", true).run();
  twill::print("The balance is {} and should be {}.\n", euro(end), euro(11'000));

  std::set<std::string> ends;
  std::string order = "111222";
  int orders = 0;
  do {
    ends.insert(euro(Bank(order, false).run()));
    ++orders;
  } while (std::next_permutation(order.begin(), order.end()));
  twill::print("All {} orders end in one of {}.\n", orders, ends);
}
