// One thread downloads a film in segments while the other plays it, in order and with less waiting.
#include <twill/twill.hpp>

using namespace std::chrono_literals;

constexpr int kSegments = 8;
constexpr auto kDownload = 300ms, kPlay = 400ms;

const auto begin = twill::now();
double seconds() { return std::chrono::duration<double>(twill::now() - begin).count(); }

void download(twill::Queue<int>& buffer) {
  for (int segment = 1; segment <= kSegments; ++segment) {
    twill::sleep(kDownload);
    buffer.put(segment);  // waits while the buffer is full
  }
  buffer.shutdown();
}

void play(twill::Queue<int>& buffer) {
  for (int segment : buffer) {  // until it is shut down and empty
    twill::print("{:4.1f} s  playing segment {}\n", seconds(), segment);
    twill::sleep(kPlay);
  }
  twill::print("{:4.1f} s  the end\n", seconds());
}

int main() {
  twill::Queue<int> buffer({.maxsize = 2});
  twill::Thread downloader([&] { download(buffer); }), player([&] { play(buffer); });
  downloader.start();
  player.start();
  downloader.join();
  player.join();

  const std::chrono::duration<double> one_by_one = kSegments * (kDownload + kPlay);
  twill::print("{:4.1f} s  it would have taken, one after the other\n", one_by_one.count());
}
