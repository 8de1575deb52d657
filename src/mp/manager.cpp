#include <twill/mp/manager.hpp>

#include <unistd.h>

#include <twill/mp/failure.hpp>

#include "mp/manager_client.hpp"
#include "mp/manager_server.hpp"
#include "mp/readiness.hpp"
#include "platform/descriptor.hpp"
#include "platform/packet.hpp"

TWILL_BEGIN
namespace mp {
namespace detail {

ManagerServer::ManagerServer(Crossing (*crossing)(const Birth& birth), const Birth& birth)
    : owner_(getpid()) {
  int ends[2];
  if (const int error = twill::detail::make_packet_pair(ends); error != 0)
    throw OSError(error, "a channel to the server of a manager");
  socket_ = connection_on(ends[0]);
  {
    const twill::detail::Descriptor theirs(ends[1]);
    Crossing call = crossing(birth);
    call.descriptors = {theirs.number()};
    process_.emplace(std::move(call));
    process_->start();
  }
  pollfd both[] = {{socket_->fileno(), POLLIN, 0}, {process_->sentinel(), POLLIN, 0}};
  await_ready(both, {});
  if (!socket_->poll()) throw RuntimeError("the server of a manager has ended as it began");
  std::vector<std::byte> answer;
  try {
    answer = socket_->recv_bytes();
  } catch (const EOFError&) {
    throw RuntimeError("the server of a manager has ended as it began");
  }
  if (answer.at(0) == kFailure)
    std::rethrow_exception(decode<Failure>(std::span(answer).subspan(1)).exception());
}

/// What it has to destroy may take its time, but not for ever.
ManagerServer::~ManagerServer() try {
  if (owner_ != getpid()) return;
  socket_.reset();
  if (!process_->join(std::chrono::seconds(5))) process_->kill();
  process_->join();
} catch (...) {
}

namespace {

constexpr std::size_t kAddressDigits = 32, kKeyDigits = 64;

Birth new_birth() { return {"twill-" + random_digits(kAddressDigits), random_digits(kKeyDigits)}; }

template <class Method>
Crossing crossing_to_server(const Birth& birth) {
  return crossing_of<Method>(&serve_manager, birth);
}

template <class Method>
std::pair<std::shared_ptr<Client>, std::unique_ptr<ManagerServer>> start_server(Method) {
  const Birth birth = new_birth();
  auto server = std::make_unique<ManagerServer>(crossing_to_server<Method>, birth);
  return {Client::to(birth.address, birth.key), std::move(server)};
}

}  // namespace
}  // namespace detail

Manager::Manager(ForkServer method) { std::tie(client_, server_) = detail::start_server(method); }

Manager::Manager(Spawn method) { std::tie(client_, server_) = detail::start_server(method); }

Manager::Manager(std::shared_ptr<detail::Client> client) : client_(std::move(client)) {}

Manager Manager::connect(const std::string& address, const std::string& key) {
  return Manager(detail::Client::to(address, key));
}

Manager::Manager(Manager&&) noexcept = default;
Manager& Manager::operator=(Manager&&) noexcept = default;
Manager::~Manager() = default;

void Manager::shutdown() { server_.reset(); }

detail::Client& Manager::client() const {
  if (client_ == nullptr) throw RuntimeError("a Manager that was moved away");
  return *client_;
}

const std::string& Manager::address() const { return client().address(); }
const std::string& Manager::key() const { return client().key(); }

using What = detail::Request::What;

detail::Reference Manager::make(const detail::Exposed& call,
                                std::span<const std::byte> parts) const {
  const auto answer = client().ask({What::make, 0, call.key()}, parts, call.signature());
  return {client_, answer.take<std::uint64_t>()};
}

void Manager::publish(const std::string& name, const detail::Reference& reference) const {
  if (!reference.has_client(client()))
    throw ValueError("the object to be called \"" + name + "\" is not this manager's");
  client().ask({What::publish, reference.id()}, std::as_bytes(std::span(name)), "");
}

void Manager::unpublish(const std::string& name) const {
  client().ask({What::unpublish}, std::as_bytes(std::span(name)), "");
}

detail::Reference Manager::found(const std::string& name, std::uint64_t type) const {
  const auto answer = client().ask({What::find, 0, type}, std::as_bytes(std::span(name)), "");
  return {client_, answer.take<std::uint64_t>()};
}

}  // namespace mp
TWILL_END
