#pragma once

#include <algorithm>
#include <array>
#include <boost/interprocess/ipc/message_queue.hpp>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <twill/mp/queue.hpp>
#include <unistd.h>

#include "harness.hpp"

/// Queues of messages of one size between processes: put(), and get(), which has memory for a
/// message and answers the number in it; both block when they must.
namespace bench {

/// What every queue may keep under way.
constexpr std::size_t room_for(std::size_t message) {
  return std::max<std::size_t>(std::size_t{1} << 20, 8 * message);
}

template <std::size_t Size>
using Message = std::array<char, Size>;

template <std::size_t Size>
std::uint64_t number_in(const Message<Size>& message) {
  std::uint64_t number;
  std::memcpy(&number, message.data(), sizeof number);
  return number;
}

template <std::size_t Size>
class TwillMpQueue {
 public:
  void put(Message<Size>& message) { queue_.put(std::move(message)); }
  std::uint64_t get(Message<Size>&) { return number_in(queue_.get()); }

 private:
  twill::mp::Queue<Message<Size>> queue_{{.bytes = room_for(Size)}};
};

template <std::size_t Size>
class BoostMpQueue {
 public:
  BoostMpQueue() : name_("twill_bench_" + std::to_string(getpid())) {
    boost::interprocess::message_queue::remove(name_.c_str());
    queue_.emplace(boost::interprocess::create_only, name_.c_str(), room_for(Size) / Size, Size);
    boost::interprocess::message_queue::remove(name_.c_str());
  }
  void put(Message<Size>& message) { queue_->send(message.data(), Size, 0); }
  std::uint64_t get(Message<Size>& message) {
    std::size_t size = 0;
    unsigned priority = 0;
    queue_->receive(message.data(), Size, size, priority);
    return number_in(message);
  }

 private:
  std::string name_;
  std::optional<boost::interprocess::message_queue> queue_;
};

/// Writes all of a message, as who makes one does.
template <std::size_t Size>
void make(Message<Size>& message, std::uint64_t number) {
  message.fill(static_cast<char>(number));
  std::memcpy(message.data(), &number, sizeof number);
}

/// Messages are made, and read, where they lie in the queue.
template <std::size_t Size>
class TwillLending {
 public:
  void put(Message<Size>& message) {
    auto loan = queue_.loan();
    make(*loan, number_in(message));
    loan.put();
  }
  std::uint64_t get(Message<Size>&) { return number_in(*queue_.borrow()); }

 private:
  twill::mp::Queue<Message<Size>> queue_{{.bytes = room_for(Size)}};
};

/// Messages are made in the caller's memory, for want of another way.
template <std::size_t Size>
class BoostCopying : public BoostMpQueue<Size> {
 public:
  void put(Message<Size>& message) {
    make(message, number_in(message));
    BoostMpQueue<Size>::put(message);
  }
};

/// pipe(2), as roomy as an ordinary user may make it. Up to PIPE_BUF bytes a write is whole; beyond
/// that only one process may be at each end.
template <std::size_t Size>
class Pipe {
 public:
  Pipe() {
    verify(pipe2(ends_, O_CLOEXEC) == 0, "a pipe cannot be made");
    fcntl(ends_[1], F_SETPIPE_SZ, 1 << 20);
  }
  ~Pipe() {
    close(ends_[0]);
    close(ends_[1]);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  void put(Message<Size>& message) {
    for (std::size_t done = 0; done < Size;)
      done += count(write(ends_[1], message.data() + done, Size - done));
  }
  std::uint64_t get(Message<Size>& message) {
    for (std::size_t done = 0; done < Size;)
      done += count(read(ends_[0], message.data() + done, Size - done));
    return number_in(message);
  }

 private:
  static std::size_t count(ssize_t bytes) {
    verify(bytes > 0, "a pipe broke");
    return static_cast<std::size_t>(bytes);
  }

  int ends_[2];
};

}  // namespace bench
