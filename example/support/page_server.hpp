#pragma once

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include <httplib.h>
#include <twill/twill.hpp>

/// A web server on loopback that takes its time: `latency` on average, half of that for the first
/// page and half more for the last. It runs from its construction to its destruction.
class PageServer : httplib::Server {
 public:
  PageServer(const std::vector<std::string>& pages, std::chrono::microseconds latency) {
    new_task_queue = [n = pages.size()] { return new httplib::ThreadPool(n); };
    set_keep_alive_max_count(1);
    const auto gaps = static_cast<int>(pages.size()) - 1;
    auto delay = latency / 2;
    for (const auto& page : pages) {
      Get("/" + page, [page, delay](const httplib::Request&, httplib::Response& reply) {
        std::this_thread::sleep_for(delay);
        reply.set_content("<h1>" + page + "</h1>", "text/html");
      });
      delay += latency / gaps;
    }
    thread_.start();
  }
  ~PageServer() override {
    stop();
    thread_.join();
  }

  const int port = bind_to_any_port("127.0.0.1");

 private:
  twill::Thread thread_{{.name = "web server"}, [this] { listen_after_bind(); }};
};
