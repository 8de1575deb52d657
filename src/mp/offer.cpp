#include <twill/mp/offer.hpp>

#include <twill/mp/decode_error.hpp>

#include "mp/arena.hpp"
#include "mp/invitation.hpp"
#include "park/word_lock.hpp"
#include "platform/memory_file.hpp"

TWILL_BEGIN
namespace mp::detail {
namespace {

constinit twill::detail::WordLock lock;

/// Never destroyed: threads outlive static objects.
struct Received {
  std::vector<Offer> offers;
  std::size_t next = 0;
  std::vector<void*> kept;
};
Received& received() noexcept {
  static Received& all = *new Received;
  return all;
}

[[noreturn]] void refuse() {
  throw DecodeError("what came as an object of the process's parent is none");
}

template <class T>
const T& next_of(const std::vector<T>& list, std::size_t& at) {
  if (at == list.size()) refuse();
  return list[at++];
}

}  // namespace

void* Arrival::block(std::uint32_t kind) {
  const std::uint32_t index = next_of(offer_.blocks, blocks_);
  Arena& a = arena();
  if (index >= kBlocks || index >= a.blocks_used.load()) refuse();
  Block& block = a.blocks[index];
  if (!block.users.has(need_seat()) || block.kind.load() != kind) refuse();
  return &block;
}

int Arrival::file(std::size_t bytes) {
  const int file = next_of(offer_.files, files_);
  if (!twill::detail::is_memory_file(file, bytes)) refuse();
  offer_.files[files_ - 1] = -1;
  return file;
}

std::int64_t Arrival::number(std::int64_t least, std::int64_t most) {
  const std::int64_t number = next_of(offer_.numbers, numbers_);
  if (number < least || number > most) refuse();
  return number;
}

void Arrival::need(bool true_of_any) {
  if (!true_of_any) refuse();
}

std::string Arrival::name() { return next_of(offer_.names, names_); }

void receive_offers(std::vector<Offer> offers) noexcept { received().offers = std::move(offers); }

Offer& next_offer() {
  const twill::detail::WordLock::Guard guard(lock);
  Received& all = received();
  if (all.next == all.offers.size()) refuse();
  return all.offers[all.next++];
}

void keep(void* object) {
  const twill::detail::WordLock::Guard guard(lock);
  received().kept.push_back(object);
}

}  // namespace mp::detail
TWILL_END
