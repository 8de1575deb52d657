// A worker of a pool, from the inside.

#include <cerrno>
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

/// Throws OSError.
Descriptor parcel_of(std::span<const std::byte> spilled) {
  if (spilled.empty()) return {};
  Descriptor parcel(twill::detail::make_parcel(spilled));
  if (parcel) return parcel;
  throw OSError(-parcel.number(),
                "memory for an answer of " + std::to_string(spilled.size()) + " bytes");
}

/// Throws OSError.
void send_report(int socket, const Report& report, const Descriptor& parcel) {
  const int file = parcel.number();
  const int error =
      twill::detail::send_packet(socket, std::as_bytes(std::span(&report, 1)), {}, {&file, 1});
  if (error != 0) throw OSError(error, "an answer to the pool");
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
    const std::vector<std::byte> thrown = bytes_of(Failure::of(std::current_exception()));
    send_report(socket, {.failed = 1, .spilled = thrown.size()}, parcel_of(thrown));
    return false;
  }
  send_report(socket, {}, {});
  return true;
}

/// What a worker is told: an order and, if its calls are longer than the desk, what they are in.
struct Told {
  Order order;
  Descriptor parcel;
  int error = 0;  ///< in place of both: why it could not be received
};

/// The next one; false at the end.
bool receive(int socket, Told& told) {
  for (;;) {
    int file = -1;
    const ssize_t size = twill::detail::receive_packet(
        socket, std::as_writable_bytes(std::span(&told.order, 1)), {&file, 1});
    told.parcel = Descriptor(file);
    told.error = size < 0 ? static_cast<int>(-size) : 0;
    if (size == sizeof told.order) return told.order.count != 0;
    if (size >= 0) return false;
    if (told.error != EAGAIN) return true;
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

/// Throws OSError, bad_alloc.
std::vector<std::byte> unpack(const Told& told) {
  if (told.error != 0) throw OSError(told.error, "a call could not be received");
  std::vector<std::byte> calls(told.parcel ? told.order.size : 0);
  if (told.parcel && !twill::detail::unpack_parcel(told.parcel.number(), calls))
    throw DecodeError("a call is cut off");
  return calls;
}

void make_all(Work& work, Functions& functions) try {
  functions.find(work.in().read<std::vector<std::byte>>())(work);
} catch (...) {
  if (std::current_exception() == nullptr) throw;
  work.fail(std::current_exception());
}

void report_answers(int socket, Work& work) {
  Descriptor parcel;
  try {
    parcel = parcel_of(work.spilled());
  } catch (const OSError&) {
    work.fail_last(std::current_exception());
  }
  send_report(socket, {.spilled = work.spilled().size()}, parcel);
}

/// What was told is begun, whatever becomes of it: to be unpacked may kill as well.
void do_as_told(int socket, const Told& told, Desk& desk, Functions& functions) {
  desk.since.store(0, std::memory_order_relaxed);
  desk.begun.store(1, std::memory_order_relaxed);
  std::vector<std::byte> long_calls;
  try {
    long_calls = unpack(told);
  } catch (const std::exception&) {
    Work work({}, 1, desk);
    work.fail(std::current_exception());
    return report_answers(socket, work);
  }
  const std::span<const std::byte> calls =
      told.parcel ? long_calls : std::span<const std::byte>(desk.calls, told.order.size);
  Work work(calls, told.order.count, desk);
  make_all(work, functions);
  std::cout.flush();
  std::fflush(stdout);
  report_answers(socket, work);
}

}  // namespace

void work_for_pool(Initializer initializer) {
  const int socket = given_descriptors().at(0);
  void* const memory = twill::detail::map_memory_file(given_descriptors().at(1), sizeof(Desk));
  std::signal(SIGINT, SIG_IGN);  // the pool's process decides
  Desk& desk = *static_cast<Desk*>(memory);
  if (!begin(initializer, socket)) return;
  Functions functions;
  for (Told told; receive(socket, told);) do_as_told(socket, told, desk, functions);
}

}  // namespace mp::detail
TWILL_END
