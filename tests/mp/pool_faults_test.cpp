// What the system may refuse a pool of processes and its workers: memory, descriptors, processes.

#include <gtest/gtest.h>

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <new>
#include <string>
#include <sys/resource.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include <twill/mp/pool.hpp>
#include <twill/mp/process.hpp>
#include <twill/platform/error.hpp>

#include "mp/start_methods.hpp"
#include "platform/fault.hpp"
#include "support/errno_of.hpp"
#include "support/numbers.hpp"
#include "support/sanitizers.hpp"

namespace {

namespace mp = twill::mp;
using mp::Pool;
using support::square;
using twill::detail::Fault;

class MpPoolFaultsTest : public start_methods::Test {};

constexpr std::size_t kLong = 1'000'000;

std::string text_of(std::size_t size) { return std::string(size, 'x'); }
std::size_t size_of(const std::string& text) { return text.size(); }

/// The error of the system that a call fails with. The call is kept until what it threw has been
/// read: TSan does not see libstdc++ count the references, so that to it a worker that drops the
/// last one races with the reader.
template <class... Given>
int errno_of_call(Pool& pool, Given&&... given) {
  const auto answer = pool.submit(std::forward<Given>(given)...);
  return support::errno_of([&] { answer.result(); });
}

void refuse_memory() { twill::detail::refuse_after(Fault::memory_file, 0); }

/// While it lives, no descriptor is left.
class NoDescriptors {
 public:
  NoDescriptors() {
    getrlimit(RLIMIT_NOFILE, &before_);
    const int next = open("/dev/null", O_RDONLY | O_CLOEXEC);
    close(next);
    const rlimit none{static_cast<rlim_t>(next), before_.rlim_max};
    setrlimit(RLIMIT_NOFILE, &none);
  }
  ~NoDescriptors() { setrlimit(RLIMIT_NOFILE, &before_); }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;

 private:
  rlimit before_;
};

TEST_F(MpPoolFaultsTest, no_memory_for_a_pool) {
  twill::detail::refuse_after(Fault::memory_file, 0);
  EXPECT_EQ(support::errno_of([] { Pool({.processes = 1}); }), ENOSPC);
  twill::detail::refuse_no_more(Fault::memory_file);
}

TEST_F(MpPoolFaultsTest, no_process_for_a_pool_nor_in_place_of_a_dead_one) {
  Pool pool({.processes = 1});
  kill(pool.apply(getpid), SIGKILL);
  twill::detail::refuse_after(Fault::eventfd, 0);
  EXPECT_EQ(support::errno_of([] { Pool({.processes = 1}); }), EMFILE);
  EXPECT_EQ(errno_of_call(pool, square, 2), EMFILE);
  twill::detail::refuse_no_more(Fault::eventfd);
  EXPECT_EQ(pool.apply(square, 2), 4);
}

TEST_F(MpPoolFaultsTest, no_memory_for_a_long_call) {
  Pool pool({.processes = 1});
  pool.apply(square, 1);
  twill::detail::refuse_after(Fault::memory_file, 0);
  EXPECT_EQ(errno_of_call(pool, size_of, text_of(kLong)), ENOSPC);
  EXPECT_EQ(pool.apply(square, 2), 4);
  twill::detail::refuse_no_more(Fault::memory_file);
  EXPECT_EQ(pool.apply(size_of, text_of(kLong)), kLong);
}

TEST_F(MpPoolFaultsTest, no_memory_for_a_long_answer) {
  Pool pool({.processes = 1, .initializer = mp::Call(refuse_memory)});
  EXPECT_EQ(errno_of_call(pool, text_of, kLong), ENOSPC);
  const std::vector<std::size_t> sizes{1, kLong, 2, kLong, 3};
  EXPECT_EQ(support::errno_of([&] { pool.map(text_of, sizes); }), ENOSPC);
  EXPECT_EQ(pool.apply(square, 2), 4);
}

TEST_F(MpPoolFaultsTest, a_call_too_long_for_its_worker_is_not_tried_for_ever) {
  if (support::kAddressSanitizer || support::kThreadSanitizer)
    GTEST_SKIP() << "sanitizers need more than any limit";
  Pool pool({.processes = 1, .initializer = mp::Call([] {
                               const rlimit limit{64 << 20, 64 << 20};
                               setrlimit(RLIMIT_DATA, &limit);
                             })});
  EXPECT_THROW(pool.apply(size_of, text_of(std::size_t{256} << 20)), std::bad_alloc);
  EXPECT_EQ(pool.apply(square, 2), 4);
}

TEST_F(MpPoolFaultsTest, no_descriptor_in_a_worker_for_a_long_call) {
  if (support::kAddressSanitizer) GTEST_SKIP() << "UBSan looks at objects through a pipe";
  Pool pool({.processes = 1, .initializer = mp::Call([] { new NoDescriptors; })});
  EXPECT_EQ(errno_of_call(pool, size_of, text_of(kLong)), EMFILE);
  EXPECT_EQ(pool.apply(square, 2), 4);
}

TEST_F(MpPoolFaultsTest, no_descriptor_here_for_a_long_answer) {
  if (support::kAddressSanitizer) GTEST_SKIP() << "UBSan looks at objects through a pipe";
  Pool pool({.processes = 1});
  const int pid = pool.apply(getpid);
  {
    const NoDescriptors none;
    EXPECT_EQ(errno_of_call(pool, text_of, kLong), EMFILE);
    EXPECT_EQ(pool.apply(square, 2), 4);
  }
  EXPECT_EQ(pool.apply(text_of, kLong).size(), kLong);
  EXPECT_EQ(pool.apply(getpid), pid);
}

}  // namespace
