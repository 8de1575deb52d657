#pragma once

#include <cstdint>
#include <exception>
#include <source_location>
#include <string>
#include <utility>

#include <twill/park/watching.hpp>

TWILL_BEGIN
namespace detail {

class FutureCore;

/// Wants to be told when a future is done. Linked into the future until then.
struct TWILL_API Listener {
  virtual ~Listener() = default;
  /// Once, by whoever completes or cancels the future, or by whoever adds it to one that is done.
  /// Answers a future, kept for the caller, that is done by that and is to tell its own listeners;
  /// or null.
  virtual FutureCore* hear(FutureCore& future) noexcept = 0;
  /// Instead: the future is gone, and never was done.
  virtual FutureCore* never_hears() noexcept { return nullptr; }

  Listener* next = nullptr;
  Listener* previous = nullptr;
  bool is_linked = false;  ///< this and the two before belong to the future's lock
};

/// What all handles on one future share, but for the value.
///
/// | phase | meaning | left by |
/// |---|---|---|
/// | pending | nobody works on it | start() to running, cancel() to cancelled, settling |
/// | running | somebody does | settling |
/// | settling | one thread stores the outcome | finish(), or back if the value's move throws |
/// | cancelled | nobody will | start() to told |
/// | told | the same, and whoever was to work on it knows | - |
/// | finished | the outcome is there | - |
class TWILL_API FutureCore {
 public:
  enum Phase : std::uint64_t { pending, running, settling, cancelled, told, finished };

  explicit FutureCore(std::source_location made, std::uint32_t handles = 1) noexcept
      : word_(born()), handles_(handles), label_(made) {}
  FutureCore(const FutureCore&) = delete;
  FutureCore& operator=(const FutureCore&) = delete;

  void keep() noexcept { handles_.fetch_add(1, relaxed); }
  void drop() noexcept {  // if there is one handle, nobody else can make another one
    if (has_one_handle() || handles_.fetch_sub(1, acq_rel) == 1) delete this;
  }
  bool has_one_handle() const noexcept { return handles_.load(acquire) == 1; }

  /// Each tells the observer of a look.
  bool is(Phase phase) const noexcept;
  bool is_done() const noexcept { return looked() >= cancelled; }
  bool is_cancelled() const noexcept {
    const Phase phase = looked();
    return phase == cancelled || phase == told;
  }

  bool has_failed() const noexcept { return looked() == finished && exception_ != nullptr; }

  bool cancel() noexcept;
  /// Or else asks whoever works on it to leave. False if nobody hears that.
  bool request_stop() noexcept { return cancel() || (!is_done() && ask_to_stop()); }
  bool start();
  /// The same without a complaint.
  enum class Begin : std::uint8_t {
    done,       ///< the caller works on it from here on
    cancelled,  ///< nobody will, and the caller is the first to hear of that
    too_late,   ///< somebody else was told so before
  };
  Begin begin() noexcept;
  bool try_start() noexcept { return begin() == Begin::done; }

  /// Does the work here and now, if nobody has begun and the caller is one of those who would.
  virtual void help() {}
  /// Waits until it is done. False if `limits` came first.
  bool wait(const void* site, const Limits& limits);
  /// Throws the exception, or CancelledError. It is done.
  void rethrow() const;
  std::exception_ptr exception() const;

  /// Stores the outcome, which `make` constructs, and tells the listeners. InvalidStateError if
  /// there is one. Whoever sees the end may drop the caller's handle.
  template <class Make>
  void settle(Make&& make) {
    const Keeping alive(*this);
    settle_untold(std::forward<Make>(make));
    tell_all();
  }

  // The same in two steps, of a future that the caller has kept.
  void tell_all() noexcept {
    if (has_listeners()) [[unlikely]]
      tell_listeners();
  }
  bool cancel_untold() noexcept;
  void set_exception_untold(std::exception_ptr exception) {
    settle_untold([&] { exception_ = std::move(exception); });
  }
  template <class Make>
  void settle_untold(Make&& make) {
    const Phase before = begin_settling();
    try {
      std::forward<Make>(make)();
    } catch (...) {
      go_back_to(before);
      throw;
    }
    finish();
  }
  void set_exception(std::exception_ptr exception);

  /// It is told at once if the future is done.
  void add(Listener& listener) noexcept;
  /// False if it was told, or is being told, already.
  bool remove(Listener& listener) noexcept;

  std::string name() const { return label_.name("Future"); }

 protected:
  virtual ~FutureCore();
  virtual bool ask_to_stop() noexcept { return false; }

 private:
  /// word_: bits 0-2 the phase, bit 3 somebody may wait, bit 4 it has had a listener, bit 33
  /// watched, bits 34-63 the context that works on it, for suspicions.
  static constexpr std::uint64_t kPhase = 7;
  static constexpr std::uint64_t kWaiters = 8;
  static constexpr std::uint64_t kListeners = 16;
  static constexpr unsigned kWorkerShift = 34;
  static const Kind kKind;

  /// Whoever sees the end may drop the last handle, while the one who made it still tells of it.
  struct Keeping {
    explicit Keeping(FutureCore& f) noexcept : future(f) { future.keep(); }
    ~Keeping() { future.drop(); }
    Keeping(const Keeping&) = delete;
    Keeping& operator=(const Keeping&) = delete;
    FutureCore& future;
  };

  static Phase phase_of(std::uint64_t word) noexcept { return static_cast<Phase>(word & kPhase); }
  Phase phase() const noexcept { return phase_of(word_.load(acquire)); }
  Phase looked() const noexcept;
  void tell(twill_operation operation) const noexcept;
  void tell_change() const noexcept;
  static void pass_on(FutureCore* another) noexcept;
  bool pass(Phase from, Phase to) noexcept;
  Phase begin_settling();
  void go_back_to(Phase phase) noexcept;
  void finish() noexcept;
  bool has_listeners() const noexcept { return (word_.load(relaxed) & kListeners) != 0; }
  Listener* take_listeners() noexcept;
  void tell_listeners() noexcept;

  atomic<std::uint64_t> word_;
  atomic<std::uint32_t> handles_;
  atomic<std::uint32_t> lock_{0};  ///< a WordLock round the listeners
  Listener* first_ = nullptr;
  Listener* last_ = nullptr;
  std::exception_ptr exception_ = nullptr;
  Label label_;
};

/// Gives what a callback threw to the excepthook.
TWILL_API void report_callback(std::exception_ptr thrown) noexcept;

/// A function as a listener, which deletes itself.
template <class F>
struct CallingListener final : Listener {
  explicit CallingListener(F&& f) : call(std::move(f)) {}
  FutureCore* hear(FutureCore& future) noexcept override {
    try {
      call(future);
    } catch (...) {
      report_callback(std::current_exception());
    }
    delete this;
    return nullptr;
  }
  FutureCore* never_hears() noexcept override {
    delete this;
    return nullptr;
  }
  F call;
};

}  // namespace detail
TWILL_END
