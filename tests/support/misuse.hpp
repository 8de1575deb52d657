#pragma once

// For tests that use locks as no program should (taken twice, let go by another, kept): turns off
// clang's thread-safety analysis, which rightly refuses that, in the rest of the file.
#if defined(__clang__)
#pragma clang diagnostic ignored "-Wthread-safety-analysis"
#endif
