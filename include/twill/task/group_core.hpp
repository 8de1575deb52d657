#pragma once

#include <cstdint>
#include <exception>
#include <source_location>

#include <twill/park/watching.hpp>
#include <twill/platform/atomic.hpp>
#include <twill/task/crew.hpp>
#include <twill/task/job.hpp>

TWILL_BEGIN
namespace detail {

/// What a TaskGroup is but for its callables.
///
/// Its members are counted in two places: `own_` is the group's thread's, up for a member that this
/// thread added and down for one that it has done, without an atomic operation; `word_` counts what
/// other threads add and do. The sum is what is left; word_ alone may be negative.
class TWILL_API GroupCore {
 public:
  struct TWILL_API Member : Job {
    Member(GroupCore& core, const void* at) noexcept {
      group = &core;
      site = at;
    }
    void run() final;
    void abandon(const std::exception_ptr& why) noexcept final;
    virtual void call() = 0;
  };

  GroupCore(const Crew& crew, std::source_location made);
  GroupCore(const GroupCore&) = delete;
  GroupCore& operator=(const GroupCore&) = delete;
  ~GroupCore() {
    if (!is_at_rest() || thrown_ != nullptr) [[unlikely]]
      end();
  }

  /// The member is the group's from here on.
  void add(Member& member);
  /// With limits that may come first none of the members is done by the caller.
  Outcome wait(const Limits& limits);
  /// Whether it has had no member since it was made or waited for. For the group's thread.
  bool is_at_rest() const noexcept {
    return seat_ == nullptr && word_.load(acquire) == 0 && !watched_;
  }
  /// The same, but members are left to others, and their failures forgotten.
  void leave_to_others() noexcept;
  /// Whether an exception that leaves the scope in which it was made is on its way.
  bool is_unwound() const noexcept;
  void cancel() noexcept { cancelled_.store(true, relaxed); }
  bool is_cancelled() const noexcept { return cancelled_.load(relaxed); }

 private:
  /// word_: bit 0 the group's thread waits, the others a signed count.
  static constexpr std::int64_t kWaits = 1;
  static constexpr std::int64_t kOne = 2;
  static const Kind kKind;

  struct Done;

  bool is_owner() const noexcept { return self_id == owner_; }
  void add_at(Seat& seat, Member& member);
  void sit_down();
  void get_up() noexcept;
  void is_done() noexcept;
  void fail(std::exception_ptr thrown) noexcept;
  void work_off();
  Outcome wait_for_others(const Limits& limits) noexcept;
  bool give_up() noexcept;
  void finish();
  void end();
  Outcome finish_within(const Limits& limits) noexcept;
  void tell_change() const noexcept;

  Crew::State& crew_;
  const std::uint32_t owner_;
  const bool watched_;
  atomic<bool> cancelled_{false};
  atomic<std::uint32_t> lock_{0};  ///< a WordLock round thrown_
  Seat* seat_ = nullptr;           ///< from which its thread works, once it has members
  bool works_ = false;             ///< on its members
  const unsigned unwinding_;       ///< exceptions on their way as it was made
  std::int64_t own_ = 0;
  atomic<std::int64_t> word_{0};
  std::exception_ptr thrown_ = nullptr;  ///< by the first member that failed
  Label label_;
};

}  // namespace detail
TWILL_END
