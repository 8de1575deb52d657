#pragma once

#include <concepts>
#include <memory>
#include <utility>

#include <twill/thread/thread.hpp>

TWILL_BEGIN

/// A handle on a thread that is an object of a class of yours; `->` reaches the object. Whether
/// there are handles or not, the whole object lives until its run() has ended.
template <std::derived_from<Thread> T>
class ThreadOf : public Thread {
 public:
  explicit ThreadOf(std::shared_ptr<T> object) : Thread(object), object_(std::move(object)) {}
  ThreadOf(const ThreadOf&) = default;
  ThreadOf(ThreadOf&&) noexcept = default;
  ThreadOf& operator=(ThreadOf other) noexcept {
    Thread::operator=(static_cast<Thread&&>(other));
    object_.swap(other.object_);
    return *this;
  }
  ~ThreadOf() override { let_go(); }  // the object outlives the join

  void run() override { static_cast<Thread&>(*object_).run(); }  // theirs may be private

  T& operator*() const noexcept { return *object_; }
  T* operator->() const noexcept { return object_.get(); }

 private:
  std::shared_ptr<T> object_;
};

/// Makes a thread of a class of yours that derives from Thread and overrides run():
///
///     class Greeter : public twill::Thread {
///       void run() override { twill::print("{} Hello World!\n", name()); }
///     };
///     auto greeter = twill::make_thread<Greeter>();
///     greeter.start();
///
/// T's constructor gets `args`; it may pass ThreadOptions to Thread's. An object that was made in
/// another way cannot be started (RuntimeError): the base's destructor runs when the rest of the
/// object is gone already, too late to wait for run().
template <std::derived_from<Thread> T, class... Args>
ThreadOf<T> make_thread(Args&&... args) {
  return ThreadOf<T>(std::make_shared<T>(std::forward<Args>(args)...));
}

TWILL_END
