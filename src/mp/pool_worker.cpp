// A worker of a pool, from the inside.

#include <csignal>
#include <cstdio>
#include <iostream>

#include <twill/platform/error.hpp>

#include "mp/readiness.hpp"
#include "mp/worker.hpp"
#include "platform/memory_file.hpp"
#include "platform/packet.hpp"
#include "platform/parcel.hpp"

TWILL_BEGIN
namespace mp::detail {
namespace {

using twill::detail::Descriptor;

void send_report(int socket, Report report, std::span<const std::byte> spilled) {
  Descriptor parcel;
  report.spilled = spilled.size();
  if (!spilled.empty()) {
    parcel = Descriptor(twill::detail::make_parcel(spilled));
    if (!parcel)
      throw OSError(-parcel.number(),
                    "memory for an answer of " + std::to_string(spilled.size()) + " bytes");
  }
  const int file = parcel.number();
  twill::detail::send_packet(socket, std::as_bytes(std::span(&report, 1)), {}, {&file, 1});
}

std::vector<std::byte> bytes_of(const Failure& failure) {
  std::vector<std::byte> bytes(encoded_size(failure));
  encode(failure, bytes);
  return bytes;
}

void initialise(const Initializer& initializer) {
  if (initializer.enter.empty()) return;
  const auto enter =
      reinterpret_cast<void (*)(std::span<const std::byte>)>(function_of_bytes(initializer.enter));
  enter(initializer.parts);
}

bool begin(const Initializer& initializer, int socket) {
  try {
    initialise(initializer);
  } catch (...) {
    if (std::current_exception() == nullptr) throw;
    send_report(socket, {.failed = 1}, bytes_of(Failure::of(std::current_exception())));
    return false;
  }
  send_report(socket, {.begins = 1}, {});
  return true;
}

/// The next order, and its calls if they are no longer than the desk; false at the end.
bool receive(int socket, Order& order, std::vector<std::byte>& long_calls) {
  for (;;) {
    int file = -1;
    const ssize_t size = twill::detail::receive_packet(
        socket, std::as_writable_bytes(std::span(&order, 1)), {&file, 1});
    const Descriptor parcel(file);
    if (size == sizeof order) {
      long_calls.resize(parcel ? order.size : 0);
      return order.count != 0 && (!parcel || twill::detail::unpack_parcel(file, long_calls));
    }
    if (size != -EAGAIN) return false;
    await_ready(socket, POLLIN, {});
  }
}

/// Finds the function that makes the calls, which most often is the last one again.
class Functions {
 public:
  MakeCalls find(std::vector<std::byte> place) {
    if (place != last_) {
      found_ = reinterpret_cast<MakeCalls>(function_of_bytes(place));
      last_ = std::move(place);
    }
    return found_;
  }

 private:
  std::vector<std::byte> last_;
  MakeCalls found_ = nullptr;
};

void make_all(Work& work, Functions& functions) try {
  functions.find(work.in().read<std::vector<std::byte>>())(work);
} catch (...) {
  if (std::current_exception() == nullptr) throw;
  work.fail(std::current_exception());
}

}  // namespace

void work_for_pool(Initializer initializer) {
  const int socket = given_descriptors().at(0);
  void* const memory = twill::detail::map_memory_file(given_descriptors().at(1), sizeof(Desk));
  std::signal(SIGINT, SIG_IGN);  // the pool's process decides
  Desk& desk = *static_cast<Desk*>(memory);
  if (!begin(initializer, socket)) return;
  Functions functions;
  Order order;
  std::vector<std::byte> long_calls;
  while (receive(socket, order, long_calls)) {
    const std::span<const std::byte> calls =
        long_calls.empty() ? std::span<const std::byte>(desk.calls, order.size) : long_calls;
    Work work(calls, order.count, desk);
    desk.since.store(0, std::memory_order_relaxed);
    desk.begun.store(1, std::memory_order_relaxed);  // what it is written as may kill as well
    make_all(work, functions);
    std::cout.flush();
    std::fflush(stdout);
    send_report(socket, {}, work.spilled());
  }
}

}  // namespace mp::detail
TWILL_END
