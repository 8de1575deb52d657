#pragma once

#include <cstddef>

#include <twill/platform/abi.hpp>

#if defined(__has_feature)
#define TWILL_BUILT_WITH(feature) __has_feature(feature)
#else
#define TWILL_BUILT_WITH(feature) 0
#endif

#if defined(__SANITIZE_ADDRESS__) || TWILL_BUILT_WITH(address_sanitizer)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#elif defined(__SANITIZE_THREAD__) || TWILL_BUILT_WITH(thread_sanitizer)
#include <sanitizer/tsan_interface.h>
#endif

#if defined(__SANITIZE_ADDRESS__) || TWILL_BUILT_WITH(address_sanitizer) || \
    defined(__SANITIZE_THREAD__) || TWILL_BUILT_WITH(thread_sanitizer)
#define TWILL_SANITIZED 1
#else
#define TWILL_SANITIZED 0
#endif

TWILL_BEGIN
namespace detail {

/// What a sanitizer has to be told of one fiber; nothing where there is none.
class Annotations {
#if defined(__SANITIZE_ADDRESS__) || TWILL_BUILT_WITH(address_sanitizer)
 public:
  void begins(void* stack, std::size_t size) noexcept {
    __asan_unpoison_memory_region(stack, size);  // of frames that were dropped there
    *this = {stack, size};
  }
  void leaves_for(const Annotations& other) noexcept {
    __sanitizer_start_switch_fiber(&fake_stack_, other.bottom_, other.size_);
  }
  void arrives_from(Annotations& other) noexcept {
    __sanitizer_finish_switch_fiber(fake_stack_, &other.bottom_, &other.size_);
  }
  void ends() noexcept {}

  Annotations() noexcept = default;

 private:
  Annotations(void* stack, std::size_t size) noexcept : bottom_(stack), size_(size) {}

  const void* bottom_ = nullptr;
  std::size_t size_ = 0;
  void* fake_stack_ = nullptr;
#elif defined(__SANITIZE_THREAD__) || TWILL_BUILT_WITH(thread_sanitizer)
 public:
  void begins(void*, std::size_t) noexcept {
    ends();
    fiber_ = __tsan_create_fiber(0);
    is_ours_ = true;
  }
  void leaves_for(const Annotations& other) noexcept {
    if (fiber_ == nullptr) fiber_ = __tsan_get_current_fiber();  // a thread's own stack
    __tsan_switch_to_fiber(other.fiber_, 0);
  }
  void arrives_from(Annotations&) noexcept {}
  void ends() noexcept {
    if (is_ours_) __tsan_destroy_fiber(fiber_);
  }

 private:
  void* fiber_ = nullptr;
  bool is_ours_ = false;
#else
 public:
  void begins(void*, std::size_t) noexcept {}
  void leaves_for(const Annotations&) noexcept {}
  void arrives_from(Annotations&) noexcept {}
  void ends() noexcept {}
#endif
};

}  // namespace detail
TWILL_END
