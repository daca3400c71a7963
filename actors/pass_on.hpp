// A publication goes from hand to hand; whoever has it last answers.
#pragma once

#include "actors/messages.hpp"

#include <utility>

namespace oncepay {

/// Nothing, where nobody is left.
template <class Self>
void pass_on_publication(Self* self, publication p) {
  if (p.then.empty())
    return;
  const publication_sink next = std::move(p.then.front());
  p.then.erase(p.then.begin());
  self->send(next, std::move(p));
}

} // namespace oncepay
