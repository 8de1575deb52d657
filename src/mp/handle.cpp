#include <twill/mp/handle.hpp>

#include "mp/arena.hpp"

TWILL_BEGIN
namespace mp::detail {

Handle::Handle(Kind kind) : block_(&make_block(static_cast<BlockKind>(kind))) {}

void Handle::offer(Offer& to) const { to.blocks.push_back(index_of(*static_cast<Block*>(block_))); }

Handle::~Handle() { drop(); }

void Handle::drop() noexcept {
  if (!dropped_.exchange(true, twill::detail::seq_cst)) drop_block(*static_cast<Block*>(block_));
}

}  // namespace mp::detail
TWILL_END
