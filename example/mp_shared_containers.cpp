// Processes fill one map and one list, which lie in memory that they share.
#include <string>
#include <vector>

#include <twill/twill.hpp>

namespace mp = twill::mp;

int main() {
  mp::SharedMap<std::string, int> stock(1 << 20);  // so many bytes
  mp::SharedVector<std::string> journal(1 << 20);

  const std::vector<std::string> fruits{"apples", "pears", "plums"};
  std::vector<mp::Process> clerks;
  for (const std::string& fruit : fruits)
    clerks.emplace_back([&, fruit] {
      for (int crate = 1; crate <= 4; ++crate) {
        stock.with([&](auto& all) { all[fruit] += 10 * crate; });
        journal.lock()->push_back(fruit);
      }
    });
  for (mp::Process& clerk : clerks) clerk.start();
  for (mp::Process& clerk : clerks) clerk.join();

  for (const auto& [fruit, count] : stock.copy()) twill::print("{}: {}\n", fruit, count);
  twill::print("{} crates\n", journal.read([](const auto& all) { return all.size(); }));
}
