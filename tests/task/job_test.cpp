// The memory of jobs.
//   each has its own, whatever its size and alignment
//   it is freed by any thread, also after the one that made it has ended
//   jobs are made and freed while a thread ends

#include <twill/task/job.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include <twill/thread/thread.hpp>

namespace {

using twill::detail::Job;

template <std::size_t Size, std::size_t Alignment = 8>
struct Sized final : Job {
  explicit Sized(unsigned char number) { bytes.fill(number); }
  void run() override {
    for (const unsigned char each : bytes) EXPECT_EQ(each, bytes[0]);
  }
  void abandon(const std::exception_ptr&) noexcept override {}
  alignas(Alignment) std::array<unsigned char, Size> bytes;
};

using Jobs = std::vector<std::unique_ptr<Job>>;

template <class J>
void add(Jobs& jobs, std::size_t alignment, int i) {
  jobs.push_back(std::make_unique<J>(static_cast<unsigned char>(i)));
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(jobs.back().get()) % alignment, 0u);
}

Jobs many(int count) {
  Jobs jobs;
  for (int i = 0; i < count; ++i) {
    add<Sized<1>>(jobs, 16, i);
    add<Sized<40>>(jobs, 16, i);
    add<Sized<224>>(jobs, 16, i);
    add<Sized<5'000>>(jobs, 16, i);
    add<Sized<1, 128>>(jobs, 128, i);
  }
  return jobs;
}

TEST(JobTest, each_has_memory_of_its_own) {
  Jobs jobs = many(300);
  for (std::size_t i = 0; i < jobs.size(); i += 3) jobs[i] = nullptr;
  const Jobs more = many(300);
  for (const auto& each : jobs)
    if (each != nullptr) each->run();
  for (const auto& each : more) each->run();
}

TEST(JobTest, any_thread_frees_it_also_after_its_maker_has_ended) {
  Jobs jobs;
  twill::Thread maker([&] { jobs = many(300); });
  maker.start();
  maker.join();
  Jobs mine = many(300);
  twill::Thread heir([&] {
    for (auto* all : {&jobs, &mine})
      for (auto& each : *all) each->run(), each = nullptr;
  });
  heir.start();
  heir.join();
  for (const auto& each : many(300)) each->run();
}

TEST(JobTest, it_is_made_and_freed_while_a_thread_ends) {
  struct Last {
    ~Last() {
      for (const auto& each : many(300)) each->run();
      kept = nullptr;
    }
    std::unique_ptr<Job> kept;
  };
  twill::Thread thread([] {
    thread_local Last last;
    last.kept = std::make_unique<Sized<40>>(std::uint8_t{1});
  });
  thread.start();
  thread.join();
}

}  // namespace
