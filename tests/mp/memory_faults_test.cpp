// What the system may refuse shared memory: /dev/shm of 1 MiB, a control group, limits of files and
// of addresses, memory in the middle of a constructor. Each is an error that says so: no SIGBUS, no
// SIGXFSZ, no process ended for want of memory, and nothing left behind.

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sched.h>
#include <string>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>
#include <vector>

#include <twill/mp/connection.hpp>
#include <twill/mp/queue.hpp>
#include <twill/mp/rwlock.hpp>
#include <twill/mp/shared.hpp>
#include <twill/mp/shared_memory.hpp>

#include "mp/arena.hpp"
#include "platform/control_groups.hpp"
#include "platform/fault.hpp"
#include "support/children.hpp"
#include "support/errno_of.hpp"
#include "support/sanitizers.hpp"

namespace {

namespace mp = twill::mp;
using support::Child;
using support::Common;
using support::errno_of;
using twill::detail::Fault;

constexpr std::size_t kMiB = 1 << 20;

TEST(MpMemoryFaultsTest, a_named_memory_that_dev_shm_has_no_room_for_leaves_no_name) {
  const Common<bool> unable(false);
  Child child([&] {
    const bool mounted = unshare(CLONE_NEWNS) == 0 &&
                         mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                         mount("none", "/dev/shm", "tmpfs", 0, "size=1m") == 0;
    if (!mounted) return *unable = true;
    const int error = errno_of([] { mp::SharedMemory("twill_big", 4 * kMiB); });
    if (error != ENOSPC || !std::filesystem::is_empty("/dev/shm")) return false;
    mp::SharedMemory half("twill_half", kMiB / 2);
    for (std::byte& byte : half.buf()) byte = std::byte{1};
    const int again = errno_of([] { mp::SharedMemory("twill_rest", kMiB); });
    half.unlink();
    return again == ENOSPC && std::filesystem::is_empty("/dev/shm");
  });
  EXPECT_TRUE(child.succeeds());
  if (*unable) GTEST_SKIP() << "this user may not mount";
}

/// A control group of 256 MiB in that of this process, where the system lets us make one.
class TightGroup {
 public:
  TightGroup() {
    using Version = twill::detail::ControlGroup::Version;
    const auto groups = twill::detail::own_control_groups("memory");
    if (groups.empty()) return;
    const std::string folder = groups[0].folder + "/twill_" + std::to_string(getpid());
    std::error_code error;
    if (!std::filesystem::create_directory(folder, error)) return;
    folder_ = folder;
    const bool first = groups[0].version == Version::first;
    is_tight_ = write(first ? "memory.limit_in_bytes" : "memory.max", 256 * kMiB);
  }
  ~TightGroup() {
    if (!folder_.empty()) rmdir(folder_.c_str());
  }
  TightGroup(const TightGroup&) = delete;
  TightGroup& operator=(const TightGroup&) = delete;

  bool take_in(pid_t pid) const {
    return is_tight_ && write("cgroup.procs", static_cast<std::size_t>(pid));
  }

 private:
  bool write(const char* name, std::size_t number) const {
    std::ofstream file(folder_ + '/' + name);
    file << number << std::flush;
    return file.good();
  }

  std::string folder_;
  bool is_tight_ = false;
};

TEST(MpMemoryFaultsTest, what_a_control_group_has_no_memory_for_is_refused) {
  const TightGroup group;
  const Common<bool> unable(false);
  Child child([&] {
    if (!group.take_in(getpid())) return *unable = true;
    if (errno_of([] { mp::SharedMemory(512 * kMiB); }) != ENOSPC) return false;
    if (errno_of([] { mp::Queue<int>({.bytes = 512 * kMiB}); }) != ENOSPC) return false;
    mp::Queue<int> queue({.bytes = kMiB});
    queue.put(1);
    return queue.get() == 1;
  });
  EXPECT_TRUE(child.succeeds());
  if (*unable) GTEST_SKIP() << "this user may not make control groups";
}

TEST(MpMemoryFaultsTest, what_is_longer_than_a_file_may_be_is_refused) {
  Child child([] {
    const rlimit limit{kMiB, kMiB};
    setrlimit(RLIMIT_FSIZE, &limit);
    if (errno_of([] { mp::SharedMemory(4 * kMiB); }) != EFBIG) return false;
    if (errno_of([] { mp::Queue<int>({.bytes = 4 * kMiB}); }) != EFBIG) return false;
    auto [one, other] = mp::Pipe();
    const std::vector<int> message(kMiB);
    if (errno_of([&] { one.send(message); }) != EFBIG) return false;
    one.send(1);
    return other.recv<int>() == 1;
  });
  EXPECT_TRUE(child.succeeds());
}

TEST(MpMemoryFaultsTest, what_there_are_no_addresses_for_is_refused) {
  if (support::kAddressSanitizer || support::kThreadSanitizer)
    GTEST_SKIP() << "a sanitizer has used up all addresses";
  Child child([] {
    const rlimit limit{256 * kMiB, 256 * kMiB};
    setrlimit(RLIMIT_AS, &limit);
    mp::Queue<int>{};  // the family's own memory is there
    const int descriptors = support::open_descriptors();
    return errno_of([] { mp::SharedMemory(256 * kMiB); }) == ENOMEM &&
           errno_of([] { mp::Queue<int>({.bytes = 256 * kMiB}); }) == ENOMEM &&
           support::open_descriptors() == descriptors;
  });
  EXPECT_TRUE(child.succeeds());
}

int blocks_in_use() {
  const auto& blocks = mp::detail::arena().blocks;
  return static_cast<int>(
      std::ranges::count_if(blocks, [](const auto& block) { return !block.users.empty(); }));
}

template <class Make>
void refuse(int after, Make make) {
  twill::detail::refuse_after(Fault::memory_file, after);
  EXPECT_EQ(errno_of(make), ENOSPC);
  twill::detail::refuse_no_more(Fault::memory_file);
  make();
}

TEST(MpMemoryFaultsTest, an_object_that_is_refused_memory_as_it_is_made_leaves_nothing) {
  EXPECT_EQ(blocks_in_use(), 0);
  const int descriptors = support::open_descriptors();
  refuse(0, [] { mp::Queue<int>{}; });
  refuse(0, [] { mp::RWLock{}; });
  refuse(0, [] { mp::SharedVector<int> vector(kMiB); });
  refuse(1, [] { mp::SharedVector<int> vector(kMiB); });  // its lock's readers
  EXPECT_EQ(blocks_in_use(), 0);
  EXPECT_EQ(support::open_descriptors(), descriptors);
}

}  // namespace
