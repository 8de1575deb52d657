// Six web pages fetched by 1, 3, 6 and 12 threads: the time falls towards that of the slowest page.
//
// fetch [--threads N] [--latency MILLISECONDS]; the pages come from a server on loopback, which
// takes the latency on average.
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include <fmt/core.h>
#include <httplib.h>
#include <twill/twill.hpp>

#include "support/page_server.hpp"

using Names = std::vector<std::string>;

const Names kHosts = {"google", "yahoo", "amazon", "apple", "reuters", "ibm"};

std::optional<std::string> pop(Names& names) {
  if (names.empty()) return {};
  auto name = std::move(names.back());
  names.pop_back();
  return name;
}

class Fetcher : public twill::Thread {
 public:
  Fetcher(twill::Guarded<Names>& hosts, int port) : hosts_(hosts), port_(port) {}

  void run() override {
    while (auto host = hosts_.with(pop)) {
      httplib::Client web("127.0.0.1", port_);
      if (web.Get("/" + *host)) ++processed;
    }
  }
  int processed = 0;

 private:
  twill::Guarded<Names>& hosts_;
  const int port_;
};

void fetch(int threads, int port, bool as_table) {
  twill::Guarded<Names> hosts(kHosts);
  const auto start = twill::now();
  std::vector<twill::ThreadOf<Fetcher>> fetchers;
  for (int i = 0; i < threads; ++i) fetchers.push_back(twill::make_thread<Fetcher>(hosts, port));
  for (auto& fetcher : fetchers) fetcher.start();
  for (auto& fetcher : fetchers) fetcher.join();
  const std::chrono::duration<double> elapsed = twill::now() - start;

  std::string counts;
  for (auto& fetcher : fetchers) {
    counts += fmt::format("{} ", fetcher->processed);
    if (!as_table) twill::print("{} processed {} URLs.\n", fetcher.name(), fetcher->processed);
  }
  if (as_table)
    twill::print("{:7} | {:24}| {:7.2f}\n", threads, counts, elapsed.count());
  else
    twill::print("Elapsed time: {:.2f}s\n", elapsed.count());
}

int main(int argc, char** argv) {
  int threads = 0, latency = 200;
  for (int i = 1; i + 1 < argc; i += 2) {
    if (argv[i] == std::string("--threads")) threads = std::atoi(argv[i + 1]);
    if (argv[i] == std::string("--latency")) latency = std::atoi(argv[i + 1]);
  }
  const PageServer server(kHosts, std::chrono::milliseconds(latency));
  if (threads > 0) {
    fetch(threads, server.port, false);
  } else {
    twill::print("threads | URLs per thread         | seconds\n");
    for (int n : {1, 3, 6, 12}) fetch(n, server.port, true);
  }
}
