#include "sim/matrix/cell.hpp"

#include "sim/matrix/operations.hpp"

namespace oncepay::sim::matrix {

const std::array<fault_row, 26>& faults() {
  static constexpr std::array<fault_row, 26> rows{{
      {fault::none, "none", "nothing goes wrong"},
      {fault::declines, "declines", "\"not here\": another bank may be tried"},
      {fault::refuses, "refuses", "\"no\", for good"},
      {fault::over_capacity, "over-capacity", "\"slow down\", and the request isn't looked at"},
      {fault::silent, "silent", "no answer to this one"},
      {fault::mute, "mute", "no answer to anything, ever"},
      {fault::late, "late", "the truth, after the reply window"},
      {fault::unmapped, "unmapped", "an answer that nobody mapped"},
      {fault::fails, "fails", "the request itself fails, \"again\""},
      {fault::twice, "twice", "the same, several times"},
      {fault::contradicts, "contradicts", "\"succeeded\", then \"failed\", although the money moved"},
      {fault::denies, "denies", "\"failed\", although the money moved; the truth later"},
      {fault::not_found, "not-found", "\"not found\", about what it received"},
      {fault::payer_types, "payer-types", "the payer types a password: in time, or never"},
      {fault::out_declining, "out-declining", "out of service, and says so"},
      {fault::out_silent, "out-silent", "out of service, and says nothing"},
      {fault::out_hanging, "out-hanging", "takes the money, and says so once its outage is over"},
      {fault::other_amount, "other-amount", "\"paid\", a cent"},
      {fault::stray, "stray", "\"paid\", of what nobody asked for"},
      {fault::unnamed, "unnamed", "\"bound\", and not by which agreement"},
      {fault::unreachable, "unreachable", "the merchant's service can't be reached"},
      {fault::answers_500, "answers-500", "the merchant's service answers \"500\""},
      {fault::answers_otherwise, "other-words", "the merchant's service answers other words than asked for"},
      {fault::hangs, "hangs", "the merchant's service hears it and doesn't answer"},
      {fault::never_answers, "hangs-always", "the merchant's service never answers, at any try"},
      {fault::answer_lost, "answer-lost", "the merchant acknowledges, and its answer is lost"},
  }};
  return rows;
}

std::string_view name(fault f) {
  return faults()[static_cast<size_t>(f)].name;
}

std::string_view name(timing t) {
  switch (t) {
  case timing::before:
    return "before";
  case timing::during:
    return "during";
  case timing::after:
    return "after";
  }
  return "?";
}

std::string_view name(restart r) {
  switch (r) {
  case restart::none:
    return "none";
  case restart::asked:
    return "asked";
  case restart::answered:
    return "answered";
  case restart::committed:
    return "committed";
  }
  return "?";
}

std::string name(const cell& c) {
  std::string text(c.operation->name);
  return text.append("/").append(name(c.fault)).append("/").append(name(c.timing)).append("/").append(name(c.restart));
}

} // namespace oncepay::sim::matrix
