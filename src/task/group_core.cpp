#include <twill/task/group_core.hpp>

#include <memory>

#include <twill/platform/error.hpp>
#include <twill/task/future_core.hpp>

#include "park/context.hpp"
#include "park/node.hpp"
#include "platform/exceptions.hpp"
#include "task/crew_state.hpp"

TWILL_BEGIN
namespace detail {

constexpr Kind GroupCore::kKind{"TaskGroup"};

/// Counts a member as done, and frees it, however its call ends.
struct GroupCore::Done {
  explicit Done(Member& m) noexcept : group(const_cast<GroupCore&>(*m.group)), member(&m) {}
  ~Done() {
    member.reset();
    if (is_cut_off)
      group.fail(std::make_exception_ptr(RuntimeError("a member of a TaskGroup ended its thread")));
    group.is_done();
  }
  Done(const Done&) = delete;
  Done& operator=(const Done&) = delete;

  GroupCore& group;
  std::unique_ptr<Member> member;
  bool is_cut_off = false;
};

void GroupCore::Member::run() {
  Done done(*this);
  if (done.group.is_cancelled()) return;
  done.is_cut_off = true;
  try {
    call();
  } catch (...) {
    auto thrown = std::current_exception();
    if (thrown == nullptr) throw;  // pthread_exit() and pthread_cancel() must go on
    done.group.fail(std::move(thrown));
  }
  done.is_cut_off = false;
}

void GroupCore::Member::abandon(const std::exception_ptr& why) noexcept {
  const Done done(*this);
  if (why != nullptr) done.group.fail(why);
}

GroupCore::GroupCore(const Crew& crew, std::source_location made)
    : crew_(crew.state()),
      owner_(self()),
      watched_(crew_.watched),
      unwinding_(uncaught_exceptions()),
      label_(made) {}

bool GroupCore::is_unwound() const noexcept { return uncaught_exceptions() > unwinding_; }

void GroupCore::end() {
  finish();
  if (thrown_ != nullptr) report_callback(std::move(thrown_));
}

void GroupCore::tell_change() const noexcept {
  if (!watched_) [[likely]]
    return;
  const Limits now{Deadline::passed()};
  observe(TWILL_PUT, {this, &kKind, &label_, __builtin_return_address(0)}, &now);
}

void GroupCore::add(Member& member) {
  if (is_owner() && seat_ != nullptr) [[likely]]
    return add_at(*seat_, member);
  std::unique_ptr<Member> kept(&member);
  if (!watched_) {
    if (is_owner()) sit_down();
    if (Seat* const seat = is_owner() ? seat_ : seat_at(crew_); seat != nullptr)
      return add_at(*seat, *kept.release());
  }
  tell_change();
  word_.fetch_add(kOne, relaxed);
  if (!crew_.submit(*kept.release(), 0))
    throw RuntimeError("run() of " + label_.name("TaskGroup") + ", whose pool " + crew_.name +
                       " was shut down");
}

void GroupCore::add_at(Seat& seat, Member& member) {
  if (is_owner())
    ++own_;
  else
    word_.fetch_add(kOne, relaxed);
  try {
    seat.deque.push(member);  // it may be gone from here on
  } catch (...) {
    delete &member;
    is_done();
    throw;
  }
  crew_.pushed();
}

/// Where its thread works for the crew anyway, or has another group; else as a guest.
void GroupCore::sit_down() {
  Seat* const there = seat_at(crew_);
  seat_ = there != nullptr ? there : &crew_.sit_down();
  ++seat_->groups;
}

void GroupCore::get_up() noexcept {
  Seat* const seat = std::exchange(seat_, nullptr);
  if (seat != nullptr && --seat->groups == 0 && !seat->is_worker) crew_.get_up(*seat);
}

/// Its thread may go on, and another group may lie here, as soon as the last one is counted; so
/// this is done where nobody else can begin to wait under the same address:
///
///     member: counts; is late                        <- its notify() would end another group's
///     wait thread: sees zero, goes on; another group at the same place waits
void GroupCore::is_done() noexcept {
  tell_change();
  if (is_owner() && !watched_) {
    --own_;
    return;
  }
  std::int64_t before = word_.load(acquire);  // the last one speaks for all
  while (before != (kOne | kWaits))
    if (word_.compare_exchange_weak(before, before - kOne, acq_rel, acquire)) return;
  const auto end = [](void* word) noexcept {
    static_cast<atomic<std::int64_t>*>(word)->fetch_sub(kOne, acq_rel);  // it may wait no more
  };
  notify(this, 1, end, &word_);
}

void GroupCore::fail(std::exception_ptr thrown) noexcept {
  cancel();
  const WordLock::Guard guard(lock_);
  if (thrown_ == nullptr) thrown_ = std::move(thrown);
}

Outcome GroupCore::wait(const Limits& limits) {
  if (!is_owner())
    throw RuntimeError("wait() for " + label_.name("TaskGroup") +
                       " by a thread that did not make it");
  if (works_)
    throw RuntimeError("wait() for " + label_.name("TaskGroup") +
                       " by one of its members, which would wait for itself");
  if (limits.unbounded())
    finish();
  else if (const Outcome outcome = finish_within(limits); outcome != Outcome::ready)
    return outcome;
  cancelled_.store(false, relaxed);
  if (thrown_ != nullptr) std::rethrow_exception(std::exchange(thrown_, nullptr));
  return Outcome::ready;
}

void GroupCore::leave_to_others() noexcept {
  wait_for_others({});
  get_up();
  thrown_ = nullptr;
}

void GroupCore::finish() {
  if (crew_.is_inherited()) return;  // what others had begun nobody ends
  work_off();
  if (watched_ || own_ + word_.load(acquire) / kOne != 0) wait_for_others({});
  get_up();
}

Outcome GroupCore::finish_within(const Limits& limits) noexcept {
  if (crew_.is_inherited()) return Outcome::ready;
  Outcome outcome = Outcome::ready;
  if (watched_ || own_ + word_.load(acquire) / kOne != 0) outcome = wait_for_others(limits);
  if (outcome == Outcome::ready) get_up();
  return outcome;
}

/// Does the members that nobody else has begun, the youngest first. What else lies there stays.
void GroupCore::work_off() {
  if (seat_ == nullptr) return;
  struct Works {
    explicit Works(bool& w) noexcept : works(w) { works = true; }
    ~Works() { works = false; }
    Works(const Works&) = delete;
    Works& operator=(const Works&) = delete;
    bool& works;
  } const works(works_);
  const Within job_of_caller(*seat_);
  JobList others;  // the youngest last
  while (own_ > 0) {
    Job* const job = seat_->deque.pop();
    if (job == nullptr) break;
    if (job->group != this) {
      others.push_front(*job);
      continue;
    }
    seat_->begins(*job);
    static_cast<Member*>(job)->Member::run();
  }
  if (others.empty()) return;
  while (Job* const job = others.pop()) seat_->deque.push(*job);  // where it was there is room
  crew_.pushed();
}

Outcome GroupCore::wait_for_others(const Limits& limits) noexcept {
  const Subject subject{this, &kKind, &label_, __builtin_return_address(0), true};
  const Absence absence;
  if (watched_) observe(TWILL_WAIT, subject, &limits);
  const std::int64_t before = word_.fetch_add(own_ * kOne + kWaits, acq_rel);
  const auto is_over = [this] { return word_.load(acquire) == kWaits; };
  if (before + own_ * kOne != 0)
    while (!is_over()) {
      const Outcome outcome = await(this, subject, limits, is_over);
      if ((outcome == Outcome::timeout || outcome == Outcome::stopped) && give_up()) return outcome;
    }
  own_ = 0;
  word_.store(0, relaxed);
  return Outcome::ready;
}

/// Takes back that its thread waits. False if there is nothing to wait for any more.
bool GroupCore::give_up() noexcept {
  std::int64_t word = word_.load(acquire);
  while (word != kWaits)
    if (word_.compare_exchange_weak(word, word - own_ * kOne - kWaits, acq_rel, acquire))
      return true;
  return false;
}

}  // namespace detail
TWILL_END
