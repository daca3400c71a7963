// oncepay rule: what people found out about an attempt or refund in doubt. One proposes, another one approves.
#include "cli/client/client.hpp"

#include "actors/domain/trajectory.hpp"
#include "schema/limits.hpp"

#include <fmt/format.h>

#include <limits>

namespace oncepay::cli {

namespace {

const command_spec rule_spec = {
    .name = "rule",
    .purpose = "Settles what no channel settles: an attempt or refund in doubt, or left to a person. Whoever found out "
               "what became of it proposes a ruling, upon evidence; nothing changes until another person has looked "
               "at it and approves exactly that proposal. Then it follows as from the channel's own word. Evidence "
               "that comes before the approval wins, and what is final stays final. A proposal that nobody approves "
               "expires after four days; anybody may withdraw it. All of it is recorded, with names and reasons.",
    .positionals = {"propose|approve|withdraw", "MERCHANT", "ORDER_NO", "[succeeded|failed|reversed]"},
    .options = {connect_option,
                {"attempt", "N", "Propose about this attempt of the order; it succeeded, failed, or was reversed."},
                {"refund", "N", "Propose about this refund, or unbinding, of the order, by its number within it."},
                {"evidence", "TEXT", "What the proposal rests on: a statement's line, a letter; at most 256 bytes."},
                {"proposal", "ID", "Which one is approved or withdrawn, as `oncepay order` shows it."},
                {"reason", "TEXT", "Why; at most 256 bytes. An approval may do without."},
                {"operator", "NAME", "Who proposes, approves or withdraws; required, recorded."},
                timeout_option,
                json_option},
    .examples = "oncepay rule propose m1 A-7 succeeded --attempt 1 --evidence \"alpha's statement of 20 Nov, line 17\" "
                "--reason \"amount and our number agree\" --operator lin\n"
                "oncepay rule approve m1 A-7 --proposal 4r9k2m6vq0x1t8bz3c5d7f9g1h --operator mei\n"
                "oncepay rule withdraw m1 A-7 --proposal 4r9k2m6vq0x1t8bz3c5d7f9g1h --reason \"another order's line\" "
                "--operator lin",
    .exit_codes = "0  proposed, approved, or withdrawn\n"
                  "1  refused: the text says why; nothing was changed\n"
                  "2  wrong arguments\n"
                  "5  no answer: can't connect, or the connection broke"};

tl::expected<ruling_outcome, exit_code> outcome_of(const parsed_options& options) {
  const auto word = options.positional(3);
  for (ruling_outcome o : {ruling_outcome::succeeded, ruling_outcome::failed, ruling_outcome::reversed})
    if (word == name(o))
      return o;
  return tl::unexpected(
      options.mistake(word.empty() ? std::string("a proposal says what became of it: succeeded, failed or reversed")
                                   : fmt::format("\"{}\" is none of succeeded, failed and reversed", printable(word))));
}

tl::expected<propose_ruling_command, exit_code> proposal_of(const parsed_options& options, const order_key& key) {
  const auto outcome = outcome_of(options);
  if (!outcome)
    return tl::unexpected(outcome.error());
  if (options.has("attempt") == options.has("refund"))
    return tl::unexpected(options.mistake("a proposal is about one thing: --attempt N or --refund N"));
  if (options.has("proposal"))
    return tl::unexpected(options.mistake("--proposal is for approving and withdrawing"));
  const bool is_refund = options.has("refund");
  const auto number = options.number(is_refund ? "refund" : "attempt", 0, 1, std::numeric_limits<uint32_t>::max());
  if (!number)
    return tl::unexpected(number.error());
  auto evidence = required_text_of(options, "evidence", limits::ruling_evidence_bytes_max);
  if (!evidence)
    return tl::unexpected(evidence.error());
  auto reason = required_text_of(options, "reason", limits::reason_bytes_max);
  if (!reason)
    return tl::unexpected(reason.error());
  return propose_ruling_command{.merchant = key.merchant,
                                .order_no = key.order_no,
                                .subject = is_refund ? ruling_subject::refund : ruling_subject::attempt,
                                .number = static_cast<uint32_t>(*number),
                                .outcome = *outcome,
                                .evidence = std::move(*evidence),
                                .reason = std::move(*reason),
                                .operator_name = {}};
}

tl::expected<answer_ruling_command, exit_code> answer_of(const parsed_options& options, const order_key& key,
                                                         bool approve) {
  for (std::string_view of_proposals : {"attempt", "refund", "evidence"})
    if (options.has(of_proposals))
      return tl::unexpected(options.mistake(fmt::format("--{} is for proposing", of_proposals)));
  if (!options.positional(3).empty())
    return tl::unexpected(options.mistake("what became of it is said by the proposal; name that with --proposal"));
  const auto id = options.required("proposal");
  if (!id)
    return tl::unexpected(id.error());
  auto ruling = ruling_id::parse(*id);
  if (!ruling)
    return tl::unexpected(options.mistake(
        fmt::format("\"{}\" names no proposal: 26 letters and digits, as `oncepay order` shows them", printable(*id))));
  auto reason = approve && !options.has("reason") ? tl::expected<std::string, exit_code>(std::string())
                                                  : required_text_of(options, "reason", limits::reason_bytes_max);
  if (!reason)
    return tl::unexpected(reason.error());
  return answer_ruling_command{.merchant = key.merchant,
                               .order_no = key.order_no,
                               .ruling = std::move(*ruling),
                               .approve = approve,
                               .operator_name = {},
                               .reason = std::move(*reason)};
}

} // namespace

exit_code run_rule(const arguments& args) {
  const auto options = parsed_options::parse(rule_spec, args);
  if (!options)
    return options.error();
  const auto step = options->positional(0);
  if (step != "propose" && step != "approve" && step != "withdraw")
    return options->mistake(fmt::format("\"{}\" is none of propose, approve and withdraw", printable(step)));
  const auto key = order_key_of(*options, 1);
  if (!key)
    return key.error();
  auto operator_name = required_text_of(*options, "operator", limits::operator_name_bytes_max);
  if (!operator_name)
    return operator_name.error();
  command question{.request_id = 1, .body = {}};
  if (step == "propose") {
    auto proposal = proposal_of(*options, *key);
    if (!proposal)
      return proposal.error();
    proposal->operator_name = std::move(*operator_name);
    question.body = std::move(*proposal);
  } else {
    auto answer = answer_of(*options, *key, step == "approve");
    if (!answer)
      return answer.error();
    answer->operator_name = std::move(*operator_name);
    question.body = std::move(*answer);
  }
  return ask_and_print(*options, question, order_text, done_code);
}

} // namespace oncepay::cli
