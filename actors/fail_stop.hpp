// An exception in an actor is a broken rule of ours: the process stops instead of going on with half a state.
#pragma once

#include "actors/context.hpp"

#include <caf/error.hpp>
#include <caf/exit_reason.hpp>
#include <caf/scheduled_actor.hpp>

#include <exception>
#include <string>

namespace oncepay {

template <class Self>
void stop_process_on_exception(Self* self, const context_ptr& ctx) {
  self->set_exception_handler([self, ctx](std::exception_ptr& thrown) -> caf::error {
    std::string why = std::string("an exception left actor ") + self->name();
    try {
      std::rethrow_exception(thrown);
    } catch (const std::exception& e) {
      why += std::string(": ") + e.what();
    } catch (...) {
    }
    ctx->fatal(why);
    return caf::exit_reason::unhandled_exception;
  });
}

} // namespace oncepay
