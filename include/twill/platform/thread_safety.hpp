#pragma once

/// Clang's thread-safety attributes under twill's prefix; nothing on other compilers.

#if defined(__clang__)
#define TWILL_ATTRIBUTE(x) __attribute__((x))
#else
#define TWILL_ATTRIBUTE(x)
#endif

#define TWILL_CAPABILITY(name) TWILL_ATTRIBUTE(capability(name))
#define TWILL_SCOPED_CAPABILITY TWILL_ATTRIBUTE(scoped_lockable)
#define TWILL_GUARDED_BY(lock) TWILL_ATTRIBUTE(guarded_by(lock))
#define TWILL_REQUIRES(...) TWILL_ATTRIBUTE(requires_capability(__VA_ARGS__))
#define TWILL_ACQUIRE(...) TWILL_ATTRIBUTE(acquire_capability(__VA_ARGS__))
#define TWILL_ACQUIRE_SHARED(...) TWILL_ATTRIBUTE(acquire_shared_capability(__VA_ARGS__))
#define TWILL_RELEASE(...) TWILL_ATTRIBUTE(release_capability(__VA_ARGS__))
#define TWILL_RELEASE_SHARED(...) TWILL_ATTRIBUTE(release_shared_capability(__VA_ARGS__))
#define TWILL_TRY_ACQUIRE(...) TWILL_ATTRIBUTE(try_acquire_capability(__VA_ARGS__))
#define TWILL_TRY_ACQUIRE_SHARED(...) TWILL_ATTRIBUTE(try_acquire_shared_capability(__VA_ARGS__))
#define TWILL_NO_THREAD_SAFETY_ANALYSIS TWILL_ATTRIBUTE(no_thread_safety_analysis)
