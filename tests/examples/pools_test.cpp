// Pools: what they compute is the same for every number of threads, and jobs of a second each take
// as many seconds as come one after another.

#include <filesystem>
#include <fstream>
#include <unistd.h>

#include "examples/run_example.hpp"

namespace examples {
namespace {

TEST(PoolsTest, four_threads_square) {
  EXPECT_EQ(output_of("thread_pool"),
            "100\n[0, 1, 4, 9, 16, 25, 36, 49, 64, 81]\n0\n1\n4\nnot there after a second\n");
}

TEST(PoolsTest, sixteen_additions_take_as_long_as_the_busiest_thread) {
  EXPECT_EQ(output_of("sixteen_additions"),
            " 1 threads: 16.0 s, all right\n"
            " 2 threads:  8.0 s, all right\n"
            " 3 threads:  6.0 s, all right\n"
            " 4 threads:  4.0 s, all right\n"
            " 8 threads:  2.0 s, all right\n"
            "16 threads:  1.0 s, all right\n");
}

TEST(PoolsTest, calculation_takes_its_three_levels) {
  EXPECT_EQ(output_of("some_random_calculation"),
            "a=2, b=3, p=5, q=6, r=1\nfive steps of a second took 3.0 s\n");
}

TEST(PoolsTest, task_graph_takes_its_critical_path) {
  const Lines lines = lines_of("task_graph");
  ASSERT_GE(lines.size(), 9u);
  EXPECT_EQ(lines[0], "a=2, b=3, p=5, q=6, r=1");
  EXPECT_EQ(lines[2], "L1: a = 2     |#############                           | 1.000 s");
  EXPECT_EQ(lines[6], "L5: r = q - p |                          ############# | 1.000 s");
  EXPECT_EQ(lines[8],
            "3 of 5 steps make the critical path; speed-up by any number of threads: 1.67");
  EXPECT_EQ(count(lines, ".*label=\"L[1-5]: .*"), 5);
  EXPECT_EQ(count(lines, "  n[0-3] -> n[2-4].*;"), 6);
  EXPECT_EQ(
      count(lines, "some random calculation has nodes that wait for each other: L1: .*L1: a = 2"),
      1);
}

TEST(PoolsTest, chunks_give_what_the_whole_gives) {
  EXPECT_EQ(output_of("chunks"),
            "BREAK INTO CHUNKS, EXECUTE IN PARALLEL, REASSEMBLE\n"
            "BREAK INTO CHUNKS, EXECUT|E IN PARALLEL, REASSEMBLE\n"
            "BREAK INTO CHUNK|S, EXECUTE IN PAR|ALLEL, REASSEMBLE\n"
            "BREAK INTO C|HUNKS, EXECUT|E IN PARALLE|L, REASSEMBLE\n"
            "BREAK INTO| CHUNKS, E|XECUTE IN |PARALLEL, |REASSEMBLE\n");
}

TEST(PoolsTest, integral_is_that_of_one_thread) {
  EXPECT_EQ(output_of("integrate_sequential"), "328.35\n333.33\n");
  const Lines lines = lines_of("integrate", Clock::real);
  ASSERT_EQ(lines.size(), 4u);
  for (const char* threads : {"1", "2", "4", "8"})
    EXPECT_EQ(count(lines, std::string("threads: ") + threads + "  area: 333\\.333283  time: .*"),
              1);
}

TEST(PoolsTest, integral_comes_through_a_queue) {
  const Lines two = lines_of("threading_integrate", Clock::real);
  ASSERT_EQ(two.size(), 4u);
  EXPECT_EQ(two[0], "Thread Thread-1 started");
  EXPECT_EQ(two[1], "Thread Thread-2 started");
  EXPECT_EQ(two[2], "Numerical solution with N=10000000 : 333.333283");
  EXPECT_EQ(count(two, "Elapsed time: [0-9.]+ s"), 1);

  for (const char* threads : {"1", "2", "4", "5"}) {
    const Lines lines =
        lines_of(std::string("threading_integrate 0 10 1000000 ") + threads, Clock::real);
    EXPECT_EQ(count(lines, "Numerical solution with N=1000000 : 333\\.332833"), 1) << threads;
    EXPECT_EQ(count(lines, "Thread Thread-[0-9] started"), std::stoi(threads));
  }
}

TEST(PoolsTest, threading_integrate_tells_how_it_is_used) {
  const std::string usage = "usage: threading_integrate [a] [b] [N] [thread_count]\n";
  EXPECT_EQ(output_of("threading_integrate -h"), usage);
  const Result refused = run("threading_integrate 0 10 100 0");
  EXPECT_EQ(refused.status, 1);
  EXPECT_EQ(refused.out, usage);
}

TEST(PoolsTest, factors_are_prime) {
  const Lines lines = lines_of("factors", Clock::real);
  ASSERT_EQ(lines.size(), 12u);
  const Lines expected{"8000086000111 = 2000003 * 4000037",
                       "7500069500153 = 2500009 * 3000017",
                       "8539754307881 = 2718281 * 3141601",
                       "12960007200001 = 3600001 * 3600001",
                       "10000000000037 = 10000000000037",
                       "20000000000021 = 20000000000021",
                       "8796093022207 = 431 * 9719 * 2099863",
                       "10000000000001 = 11 * 859 * 1058313049",
                       "6469693230 = 2 * 3 * 5 * 7 * 11 * 13 * 17 * 19 * 23 * 29"};
  EXPECT_EQ(Lines(lines.begin(), lines.begin() + 9), expected);
  for (const char* threads : {"1", "2", "4"})
    EXPECT_EQ(count(lines, std::string("threads: ") + threads + "  time: [0-9.]+ s"), 1);
}

class FilesTest : public testing::Test {
 protected:
  std::string file(const std::string& name) const { return folder_ / name; }

  void SetUp() override { std::filesystem::create_directory(folder_); }
  void TearDown() override { std::filesystem::remove_all(folder_); }

 private:
  const std::filesystem::path folder_ =
      testing::TempDir() + "twill_files_" + std::to_string(getpid());
};

TEST_F(FilesTest, words_are_counted_whatever_the_chunks) {
  const Lines lines = lines_of("wordcount", Clock::real);
  ASSERT_EQ(lines.size(), 11u);
  EXPECT_EQ(count(lines, " *[0-9]+ (the|a|thread|waits|for|and|lock|of|who|holds)"), 10);
  EXPECT_EQ(lines[0].substr(8), " the");
}

TEST_F(FilesTest, words_of_a_file) {
  std::ofstream(file("text")) << "One two, TWO; three-three three.\nfour4four four't für für für "
                                 "für für";
  const Lines lines = lines_of("wordcount " + file("text"), Clock::real);
  ASSERT_EQ(lines.size(), 7u);
  EXPECT_EQ(Lines(lines.begin(), lines.begin() + 6),
            (Lines{"       5 für", "       3 four", "       3 three", "       2 two",
                   "       1 one", "       1 t"}));

  std::ofstream(file("empty"));
  EXPECT_EQ(lines_of("wordcount " + file("empty"), Clock::real).size(), 1u);
  EXPECT_EQ(run("wordcount " + file("missing")).status, 1);
}

TEST_F(FilesTest, picture_is_the_same_for_any_number_of_threads) {
  if (!TWILL_HAVE_PNG) GTEST_SKIP() << "built without libpng";
  std::string first;
  for (const char* threads : {"1", "2", "5"}) {
    const std::string png = file("picture.png");
    const Result result = run("raytrace 48 27 " + std::string(threads) + " " + png, Clock::real);
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_EQ(count(split(result.out), "the pictures are the same: .*"), 1) << result.out;
    std::ifstream stream(png, std::ios::binary);
    const std::string bytes(std::istreambuf_iterator<char>(stream), {});
    EXPECT_EQ(bytes.substr(0, 8), "\x89PNG\r\n\x1a\n");
    if (first.empty()) first = bytes;
    EXPECT_EQ(bytes, first) << threads;
  }
}

TEST_F(FilesTest, picture_that_cannot_be_written_is_an_error) {
  if (!TWILL_HAVE_PNG) GTEST_SKIP() << "built without libpng";
  const Result result = run("raytrace 8 8 2 " + file("nowhere/picture.png"), Clock::real);
  EXPECT_EQ(result.status, 1);
  EXPECT_NE(result.out.find("No such file"), std::string::npos) << result.out;
  EXPECT_EQ(run("raytrace 0 8").status, 1);
  EXPECT_EQ(run("raytrace 8 8 0").status, 1);
}

}  // namespace
}  // namespace examples
