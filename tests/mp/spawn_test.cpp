// Paths of spawn alone: settings that are no note; a program whose file or arguments changed; one
// that cannot be started once more.

#include <cstdlib>
#include <dlfcn.h>
#include <fcntl.h>
#include <filesystem>
#include <string>
#include <sys/auxv.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <twill/platform/error.hpp>

#include "mp/start_methods.hpp"
#include "support/child.hpp"

namespace {

namespace mp = twill::mp;

const std::string kNoNote = "twill: TWILL_SPAWN stands for no process that twill started: ";

/// This program with that setting, and what it says.
support::ChildResult run_with(const std::string& setting) {
  return support::run_in_child([&] {
    setenv("TWILL_SPAWN", setting.c_str(), 1);
    execl("/proc/self/exe", "test_mp", "--gtest_list_tests", nullptr);
    return 99;
  });
}

TEST(SpawnTest, a_setting_that_is_no_descriptor) {
  for (const char* setting : {"", "x", "-1", "7x", " 1", "999", "99999999999999999999"}) {
    const auto result = run_with(setting);
    EXPECT_EQ(result.exit_code, 1) << setting;
    EXPECT_EQ(result.text, kNoNote + "it is no descriptor of memory\n");
  }
}

TEST(SpawnTest, descriptors_of_other_things) {
  int pipe_ends[2];
  ASSERT_EQ(pipe(pipe_ends), 0);
  const int empty = memfd_create("empty", 0);
  const int none = open("/dev/null", O_RDONLY);
  const int folder = open("/", O_RDONLY);
  const int program = open("/proc/self/exe", O_RDONLY);
  const int sparse = memfd_create("sparse", 0);
  ASSERT_EQ(ftruncate(sparse, 1L << 40), 0);
  const int event = eventfd(0, 0);
  for (const int file : {pipe_ends[0], pipe_ends[1], empty, none, folder, program, sparse, event}) {
    const auto result = run_with(std::to_string(file));
    EXPECT_EQ(result.exit_code, 1) << result.text;
    EXPECT_TRUE(result.text.starts_with(kNoNote)) << file << result.text;
    close(file);
  }
}

TEST(SpawnTest, memory_that_holds_something_else) {
  for (const std::size_t size : {1, 8, 100, 5000}) {
    const int file = memfd_create("garbage", 0);
    const std::string garbage(size, '\x5a');
    ASSERT_EQ(write(file, garbage.data(), size), static_cast<ssize_t>(size));
    const auto result = run_with(std::to_string(file));
    EXPECT_EQ(result.exit_code, 1) << result.text;
    EXPECT_TRUE(result.text.starts_with(kNoNote)) << result.text;
    close(file);
  }
}

constexpr const char* kCopy = "TWILL_TEST_COPY";

/// In a copy of this program.
int spawn_without_a_file() {
  const char* const name = std::getenv(kCopy);
  if (unlink(name) != 0) return 3;
  close(creat(name, 0700));  // another one
  return *start_methods::code_of(mp::spawn, [] { throw mp::SystemExit(4); });
}

TEST(SpawnTest, a_program_whose_file_is_gone_goes_on) {
  if (std::getenv(kCopy) != nullptr) _exit(spawn_without_a_file());
  const std::string copy = testing::TempDir() + "copy" + std::to_string(getpid());
  const auto result = support::run_in_child([&] {
    const int from = open("/proc/self/exe", O_RDONLY), to = creat(copy.c_str(), 0700);
    char buffer[1 << 16];
    for (ssize_t size = 0; (size = read(from, buffer, sizeof buffer)) > 0;)
      if (write(to, buffer, static_cast<std::size_t>(size)) != size) return 1;
    close(to);
    setenv(kCopy, copy.c_str(), 1);
    execl(copy.c_str(), "test_mp", "--gtest_brief=1", "--gtest_filter=SpawnTest.a_program_whose*",
          nullptr);
    return 2;
  });
  unlink(copy.c_str());
  EXPECT_EQ(result.exit_code, 4) << result.text;
}

int spawn_and_be_refused() {
  mp::Process process(mp::spawn, {.name = "me"}, [] {});
  for (int i = 0; i < 2; ++i) {
    try {
      process.start();
      return 3;
    } catch (const twill::RuntimeError& error) {
      if (i == 0) dprintf(STDERR_FILENO, "%s", error.what());
    }
  }
  return process.pid() || process.is_alive() ? 5 : 4;
}

/// Which would be started with the program's arguments as its own. The same goes for a program that
/// has the C library in itself.
TEST(SpawnTest, a_program_that_the_loader_was_told_to_run_cannot_start_itself) {
  if (support::kAddressSanitizer || support::kThreadSanitizer) GTEST_SKIP() << "need their own";
  if (std::getenv(kCopy) != nullptr) _exit(spawn_and_be_refused());
  Dl_info loader;
  ASSERT_NE(dladdr(reinterpret_cast<void*>(getauxval(AT_BASE)), &loader), 0);
  const auto result = support::run_in_child([&] {
    const std::string program = std::filesystem::read_symlink("/proc/self/exe");
    setenv(kCopy, "", 1);
    execl(loader.dli_fname, loader.dli_fname, program.c_str(), "--gtest_brief=1",
          "--gtest_filter=SpawnTest.a_program_that_the_loader*", nullptr);
    return 2;
  });
  EXPECT_EQ(result.exit_code, 4);
  EXPECT_EQ(result.text,
            "start() of me: this program cannot start itself anew, for the loader was told to run "
            "it: start the program itself; or fork");
}

TEST(SpawnTest, arguments_that_main_changed_do_no_harm) {
  const auto result = support::run_in_child([] {
    // The strings lie side by side below the environment, as setproctitle() has them.
    std::FILE* const file = std::fopen("/proc/self/stat", "re");
    unsigned long begin = 0, end = 0;
    std::string text(4096, '\0');
    text.resize(std::fread(text.data(), 1, text.size(), file));
    std::fclose(file);
    std::size_t at = text.rfind(')') + 1;
    for (int field = 3; field < 48; ++field) at = text.find(' ', at + 1);
    std::sscanf(text.c_str() + at, "%lu %lu", &begin, &end);
    for (auto* byte = reinterpret_cast<char*>(begin); byte < reinterpret_cast<char*>(end); ++byte)
      *byte = 'x';
    return *start_methods::code_of(mp::spawn, [] { throw mp::SystemExit(4); });
  });
  EXPECT_EQ(result.exit_code, 4) << result.text;
}

}  // namespace
