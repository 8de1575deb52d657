#include "model/machine.hpp"

#include <algorithm>

TWILL_BEGIN
namespace model {
namespace {

bool acquires(std::memory_order order) noexcept {
  return order == std::memory_order_acquire || order == std::memory_order_acq_rel ||
         order == std::memory_order_seq_cst;
}

bool releases(std::memory_order order) noexcept {
  return order == std::memory_order_release || order == std::memory_order_acq_rel ||
         order == std::memory_order_seq_cst;
}

std::uint64_t in_memory(const Location& location) noexcept {
  std::uint64_t value = 0;
  std::memcpy(&value, location.address, location.size);
  return value;
}

}  // namespace

void Machine::begin_execution() noexcept {
  plain_.clear();
  for (unsigned i = 0; i < kMostThreads; ++i) {
    buffers_[i].clear();
    draining_[i] = false;
    clocks_[i] = {};
    clocks_[i].known[i] = 1;
  }
}

bool Machine::forwarded(unsigned thread, const Location& location,
                        std::uint64_t& value) const noexcept {
  const auto& buffer = buffers_[thread];
  for (auto store = buffer.rbegin(); store != buffer.rend(); ++store)
    if (store->location == &location) {
      value = store->value;
      return true;
    }
  return false;
}

std::uint64_t Machine::load(unsigned thread, Location& location, std::memory_order order) {
  const std::uint64_t value = read(thread, location);
  acquired(thread, location, order);
  return value;
}

void Machine::buffer(unsigned thread, Location& location, std::uint64_t value,
                     std::memory_order order) {
  buffers_[thread].push_back({&location, value, publish(thread, order)});
}

std::uint64_t Machine::read(unsigned thread, Location& location) {
  settle(thread, location);
  return in_memory(location);
}

/// A release sequence goes on over read-modify-writes of any order, and over nothing else.
void Machine::write(unsigned thread, Location& location, std::uint64_t value,
                    std::memory_order order, bool continues_release) {
  std::memcpy(location.address, &value, location.size);
  if (!continues_release) location.released = {};
  location.released.learn(publish(thread, order));
}

void Machine::acquired(unsigned thread, const Location& location,
                       std::memory_order order) noexcept {
  if (acquires(order)) clocks_[thread].learn(location.released);
}

void Machine::drain(unsigned thread) {
  draining_[thread] = true;
  while (!buffers_[thread].empty()) {
    settle(thread, *buffers_[thread].front().location);
    let_out(thread);
  }
  draining_[thread] = false;
}

bool Machine::forget(unsigned thread, const Location& location) noexcept {
  bool others = false;
  for (unsigned i = 0; i < kMostThreads; ++i) {
    const auto concerns = [&](const Pending& p) { return p.location == &location; };
    if (i == thread)
      std::erase_if(buffers_[i], concerns);
    else
      others |= std::any_of(buffers_[i].begin(), buffers_[i].end(), concerns);
  }
  return others;
}

void Machine::order(unsigned before, unsigned after) noexcept {
  clocks_[after].learn(publish(before, std::memory_order_release));
}

bool Machine::plain_read(unsigned thread, const void* address) {
  Accesses& accesses = plain_[address];
  accesses.reads.known[thread] = clocks_[thread].known[thread];
  return clocks_[thread].knows(accesses.writes);
}

bool Machine::plain_write(unsigned thread, const void* address) {
  Accesses& accesses = plain_[address];
  accesses.writes.known[thread] = clocks_[thread].known[thread];
  return clocks_[thread].knows(accesses.writes) && clocks_[thread].knows(accesses.reads);
}

/// Decides which stores of others to `location` were there before the access that follows.
void Machine::settle(unsigned thread, const Location& location) {
  for (unsigned other = 0; other < kMostThreads; ++other) {
    if (other == thread || draining_[other]) continue;
    auto& buffer = buffers_[other];
    const auto concerns = [&](const Pending& p) { return p.location == &location; };
    const auto count = static_cast<unsigned>(std::count_if(buffer.begin(), buffer.end(), concerns));
    if (count == 0) continue;
    draining_[other] = true;
    for (unsigned seen = count - overlook_(count); seen > 0;) {
      if (concerns(buffer.front()))
        --seen;
      else
        settle(other, *buffer.front().location);
      let_out(other);
    }
    draining_[other] = false;
  }
}

void Machine::let_out(unsigned thread) {
  const Pending& store = buffers_[thread].front();
  std::memcpy(store.location->address, &store.value, store.location->size);
  store.location->released = store.clock;
  buffers_[thread].pop_front();
}

Clock Machine::publish(unsigned thread, std::memory_order order) noexcept {
  if (!releases(order)) return {};
  const Clock now = clocks_[thread];
  ++clocks_[thread].known[thread];
  return now;
}

}  // namespace model
TWILL_END
