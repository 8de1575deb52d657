#include <twill/mp/reference.hpp>

#include <twill/platform/error.hpp>

#include "mp/hall.hpp"
#include "mp/manager_client.hpp"

TWILL_BEGIN
namespace mp::detail {
namespace {

/// Whose answer this thread reads: what proxies are in it are granted.
thread_local Client* answering = nullptr;

[[noreturn]] void throw_empty() {
  throw RuntimeError("a Proxy that stands for nothing was called: Manager::make() answers one");
}

}  // namespace

/// The server's own hold on an object, or a process's one of several.
struct Held {
  std::shared_ptr<Client> client;
  std::shared_ptr<Referent> own;
  std::uint64_t id;

  Held(std::shared_ptr<Client> of, std::shared_ptr<Referent> referent, std::uint64_t number)
      : client(std::move(of)), own(std::move(referent)), id(number) {}
  ~Held() {
    if (client != nullptr) client->drop(id);
  }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;
};

Answer::Answer(std::vector<std::byte> bytes, std::vector<std::shared_ptr<Referent>> keep) noexcept
    : bytes_(std::move(bytes)),
      keep_(std::move(keep)),
      before_(std::exchange(answering, nullptr)) {}

Answer::Answer(std::vector<std::byte> bytes, std::shared_ptr<Client> from) noexcept
    : bytes_(std::move(bytes)),
      from_(std::move(from)),
      before_(std::exchange(answering, from_.get())) {}

Answer::~Answer() { answering = before_; }

Reference::Reference(std::shared_ptr<Client> client, std::uint64_t id)
    : held_(std::make_shared<Held>(std::move(client), nullptr, id)) {}

Reference::Reference(const Whereabouts& at, std::uint64_t type, std::string_view type_name) {
  if (Hall* const hall = Hall::here(); hall != nullptr && hall->address() == at.address) {
    held_ = std::make_shared<Held>(nullptr, hall->referent(at.id, type, type_name), at.id);
    return;
  }
  std::shared_ptr<Client> client;
  if (answering != nullptr && answering->address() == at.address) {
    client = answering->shared_from_this();
  } else {
    client = Client::to(at.address, at.key);
    client->ask({Request::What::adopt, at.id, type}, std::as_bytes(std::span(type_name)), "");
  }
  held_ = std::make_shared<Held>(std::move(client), nullptr, at.id);
}

Answer Reference::ask(const Exposed& call, std::span<const std::byte> parts, Timeout timeout,
                      const std::stop_token& stop) const {
  if (held_ == nullptr) throw_empty();
  if (held_->client != nullptr)
    return held_->client->ask({Request::What::call, held_->id, call.key()}, parts, call.signature(),
                              {Deadline(timeout), &stop});
  Visit visit{.in = Reader(parts, call.signature()), .object = held_->own, .gone = stop};
  call.enter()(visit);
  return Answer(std::move(visit.answer), std::move(visit.granted));
}

Whereabouts Reference::whereabouts() const {
  if (held_ == nullptr) return {};
  if (const auto& client = held_->client) return {client->address(), client->key(), held_->id};
  return {Hall::here()->address(), Hall::here()->key(), held_->id};
}

void Reference::grant() const {
  if (held_ != nullptr && held_->own != nullptr) detail::grant(held_->own);
}

bool Reference::has_client(const Client& client) const noexcept {
  return held_ != nullptr && held_->client.get() == &client;
}

std::uint64_t Reference::id() const noexcept { return held_ != nullptr ? held_->id : 0; }

bool operator==(const Reference& a, const Reference& b) noexcept {
  if (a.id() != b.id() || a.id() == 0) return a.id() == b.id();
  if (a.held_->client == nullptr || b.held_->client == nullptr)
    return a.held_->client == b.held_->client;
  return a.held_->client->address() == b.held_->client->address();
}

}  // namespace mp::detail
TWILL_END
