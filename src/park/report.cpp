#include "park/report.hpp"

#include <functional>
#include <unistd.h>

#include "park/context.hpp"
#include "park/symbol.hpp"

TWILL_BEGIN
namespace detail {
namespace {

std::string at(const void* site) {
  return site == nullptr ? std::string() : " at " + place_of(site);
}

void append_wait(std::string& text, const Link& link) {
  text.append("\n  ")
      .append(link.waiter)
      .append(" waits for ")
      .append(link.object)
      .append(at(link.waits_at));
}

void append_owner(std::string& text, const Link& link) {
  text.append(", ").append(link.owner);
  if (link.guess != nullptr)
    text.append(" ").append(link.guess);
  else if (link.acquired_at == nullptr)
    text.append(" must go first");
  else
    text.append(" holds it since ").append(place_of(link.acquired_at));
}

}  // namespace

std::string name_of(std::uint32_t id) {
  Context* context = context_of(id);
  if (context == nullptr) return "nobody";
  char name[Context::kNameSize];
  copy_name(*context, name);
  if (context->id.load(relaxed) != id) return "a thread that has ended";
  if (name[0] != '\0') return name;
  return "thread " + std::to_string(context->native_id.load(relaxed));
}

std::string cycle_text(const std::vector<Link>& cycle, bool certain) {
  std::string text = certain ? "deadlock: " : "suspected deadlock: ";
  text += cycle.size() == 1 ? "a thread waits for itself"
                            : std::to_string(cycle.size()) + " threads wait for each other";
  for (const Link& link : cycle) {
    append_wait(text, link);
    append_owner(text, link);
  }
  return text;
}

std::string vanished_text(const Link& link) {
  return link.object + " is held by " + link.owner +
         ", which is gone and will never release it (acquired" + at(link.acquired_at) +
         "; waiting" + at(link.waits_at) + ')';
}

std::string standstill_text(const std::vector<Link>& waits) {
  return waits_text("deadlock: every thread of the process waits, and nobody is left to end a wait",
                    waits);
}

std::string waits_text(std::string headline, const std::vector<Link>& waits) {
  for (const Link& link : waits) {
    append_wait(headline, link);
    if (!link.owner.empty()) append_owner(headline, link);
  }
  return headline;
}

void report(const std::string& text) {
  const std::string line = "twill: " + text + '\n';
  [[maybe_unused]] const auto written = write(STDERR_FILENO, line.data(), line.size());
}

void report_once(const std::string& text) {
  constexpr std::size_t kRemembered = 16;
  static constinit atomic<std::size_t> seen[kRemembered]{};
  static constinit atomic<std::size_t> next{0};
  const std::size_t hash = std::hash<std::string>()(text);
  for (const auto& old : seen)
    if (old.load(relaxed) == hash) return;
  seen[next.fetch_add(1, relaxed) % kRemembered].store(hash, relaxed);
  report(text);
}

}  // namespace detail
TWILL_END
