#pragma once

/// Which sanitizer the program is built with, for both compilers.
#if defined(__has_feature)
#define TWILL_TESTED_WITH(feature) __has_feature(feature)
#else
#define TWILL_TESTED_WITH(feature) 0
#endif

namespace support {

#if defined(__SANITIZE_THREAD__) || TWILL_TESTED_WITH(thread_sanitizer)
inline constexpr bool kThreadSanitizer = true;
#else
inline constexpr bool kThreadSanitizer = false;
#endif

#if defined(__SANITIZE_ADDRESS__) || TWILL_TESTED_WITH(address_sanitizer)
inline constexpr bool kAddressSanitizer = true;
#else
inline constexpr bool kAddressSanitizer = false;
#endif

}  // namespace support
