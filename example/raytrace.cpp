// A picture, traced ray by ray: once by one thread, and once by as many as there are processors.
//
// raytrace [WIDTH] [HEIGHT] [THREADS] [FILE]; without a FILE it is raytrace.png beside the program.
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <ranges>
#include <vector>

#include <twill/twill.hpp>

#include "support/png.hpp"
#include "support/timed.hpp"
#include "support/tracer.hpp"

using Picture = std::vector<std::vector<std::uint8_t>>;

Picture render(const Tracer& tracer, int height, int threads) {
  twill::ThreadPool pool({.processes = threads});
  const auto render_row = [&](int y) { return tracer.row(y); };
  Picture picture;
  for (auto& row :
       twill::progress(pool.imap(render_row, std::views::iota(0, height)), {.label = "rows"}))
    picture.push_back(std::move(row));
  return picture;
}

int main(int argc, char** argv) try {
  const int width = argc > 1 ? std::atoi(argv[1]) : 640;
  const int height = argc > 2 ? std::atoi(argv[2]) : 400;
  const int threads = argc > 3 ? std::atoi(argv[3]) : twill::process_cpu_count();
  if (width < 1 || height < 1 || threads < 1) {
    twill::print("usage: raytrace [WIDTH] [HEIGHT] [THREADS] [FILE]\n");
    return EXIT_FAILURE;
  }
  const auto beside = std::filesystem::path(argv[0]).replace_filename("raytrace.png");
  const std::string file = argc > 4 ? argv[4] : beside.string();

  const Tracer tracer(three_in_a_ring(), width, height);
  const auto [serial, alone] = timed([&] { return render(tracer, height, 1); });
  const auto [picture, together] = timed([&] { return render(tracer, height, threads); });
  save_png(picture, file);

  twill::print("1 thread: {:.1f} s, {} threads: {:.1f} s, speed-up {:.2f}\n", alone, threads,
               together, alone / together);
  twill::print("the pictures are {}: {}\n", picture == serial ? "the same" : "different", file);
  return picture == serial ? EXIT_SUCCESS : EXIT_FAILURE;
} catch (const std::exception& error) {
  twill::print("raytrace: {}\n", error.what());
  return EXIT_FAILURE;
}
