// The ten most frequent words of a text: it is cut into chunks, each counted by a thread of a pool.
//
// wordcount [FILE]; without a file the text is five million letters that make no sense.
#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <twill/twill.hpp>

#include "support/timed.hpp"

using Counts = std::unordered_map<std::string_view, int>;

bool in_word(unsigned char c) { return std::isalpha(c) || c >= 0x80; }

Counts count(std::string_view text) {
  Counts counts;
  for (auto at = text.begin(); at != text.end();) {
    const auto word = std::find_if(at, text.end(), in_word);
    at = std::find_if_not(word, text.end(), in_word);
    if (word != at) ++counts[std::string_view(word, at)];
  }
  return counts;
}

// The text in n chunks, none of which ends within a word.
std::vector<std::string_view> cut(std::string_view text, int n) {
  std::vector<std::string_view> chunks;
  for (; n > 0; --n) {
    const auto end = std::find_if_not(text.begin() + text.size() / n, text.end(), in_word);
    chunks.emplace_back(text.begin(), end);
    text.remove_prefix(chunks.back().size());
  }
  return chunks;
}

Counts merge(const std::vector<Counts>& parts) {
  Counts all;
  for (const auto& part : parts)
    for (const auto& [word, times] : part) all[word] += times;
  return all;
}

// The second word is half as frequent as the first, the third one a third, and so on.
std::string nonsense() {
  const std::vector<std::string> words = {
      "the",   "a",      "thread", "waits", "for",         "and",    "lock",   "of",
      "who",   "holds",  "queue",  "is",    "never",       "full",   "until",  "event",
      "comes", "barber", "sleeps", "then",  "wakes",       "reader", "writer", "eats",
      "with",  "two",    "forks",  "tired", "philosopher", "pool",   "works",  "on",
      "while", "main",   "thinks", "about", "nothing"};
  std::mt19937 dice(2011);
  std::string text;
  while (text.size() < 5'000'000) {
    const double chance = static_cast<double>(dice()) / std::mt19937::max();
    const double rank = std::pow(words.size(), chance);
    text += words[std::min(static_cast<std::size_t>(rank), words.size()) - 1] + ' ';
  }
  return text;
}

int main(int argc, char** argv) {
  std::string text;
  if (argc > 1) {
    std::ifstream file(argv[1]);
    if (!file) {
      twill::print("wordcount: cannot read {}\n", argv[1]);
      return EXIT_FAILURE;
    }
    text.assign(std::istreambuf_iterator<char>(file), {});
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  } else {
    text = nonsense();
  }

  twill::ThreadPool pool;
  const auto [counts, together] = timed([&] { return merge(pool.map(count, cut(text, 16))); });
  const auto [expected, alone] = timed([&] { return count(text); });

  std::vector<std::pair<int, std::string_view>> ranking;
  for (const auto& [word, times] : counts) ranking.emplace_back(-times, word);
  std::ranges::sort(ranking);
  if (ranking.size() > 10) ranking.resize(10);
  for (const auto& [times, word] : ranking) twill::print("{:8} {}\n", -times, word);
  twill::print("time: {:.3f} s, and {:.3f} s by one thread\n", together, alone);
  return counts == expected ? EXIT_SUCCESS : EXIT_FAILURE;
}
