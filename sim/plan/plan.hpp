// A run as data: who does what, and when. A profile makes one from a seed, a scenario file holds exactly one, and a
// recorded order becomes one; all three are run by the same function. What a plan leaves open - which runnable actor is
// next, how long a commit takes - the seed decides.
#pragma once

#include "actors/bank.hpp"
#include "actors/domain/risk.hpp"
#include "schema/command.hpp"
#include "schema/order_view.hpp"
#include "schema/terms.hpp"
#include "schema/time.hpp"
#include "store/faulty_event_log.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace oncepay::sim {

/// A refund that an order's merchant asks for. Sent again where the answer leaves something to hope for.
struct planned_refund {
  oncepay::order_no refund_no;
  int64_t amount_minor = 0;
  uint32_t after_ms = 0; ///< After the order was sent first.
  uint32_t tries_max = 1;
  bool twice_at_once = false; ///< Two requests in one go.
  bool unbinds = false;       ///< It ends the order's agreement instead.
  bool operator==(const planned_refund&) const = default;
};

/// Somebody says that an order's payer has confirmed it, whether it waits for that or not.
struct planned_confirmation {
  uint32_t after_ms = 0; ///< After the order was sent first.
  bool genuine = true;   ///< Else a proof of something else.
  bool operator==(const planned_confirmation&) const = default;
};

/// One order, and how its customer goes about it. Times count from the opening of the simulated server.
struct planned_order {
  int64_t at_us = 0;
  uint32_t client = 0;    ///< Whose connection: 0 … `plan::clients` - 1.
  pay_command pay;        ///< Its `placed_at` is set when it is sent.
  uint32_t tries_max = 1; ///< Sends the same command again where no answer, or a "retry", came.
  uint32_t retry_after_ms = 5'000;
  bool twice_at_once = false;     ///< A double click: two requests in one go.
  int64_t other_amount_minor = 0; ///< Not 0: after the answer it sends the same number with this amount, a conflict.
  bool asks_afterwards = false;   ///< Queries the order once it was answered.
  uint32_t expires_after_ms = 0;  ///< It isn't to be paid later than so long after it was sent first; 0: no such time.
  uint32_t close_after_ms = 0;    ///< So long after it was sent first its merchant wants it closed; 0: never.
  std::vector<planned_refund> refunds = {};
  bool pays_out = false; ///< It is a pay-out of `pay`'s content, to its payer.
  std::vector<planned_confirmation> confirmations = {};
  /// It binds or authenticates a card instead, or signs and pays in one. What is withheld says so in `pay`.
  card_deed deed = card_deed::none;
  bool operator==(const planned_order&) const = default;
};

/// Pay-outs that a merchant sends under one number. Sent again, as it is, where no answer, or a "retry", came.
struct planned_batch {
  int64_t at_us = 0;
  uint32_t client = 0; ///< As an order's.
  pay_out_batch_command what;
  uint32_t tries_max = 1;
  uint32_t retry_after_ms = 5'000;
  uint32_t asks_after_ms = 0; ///< So long after it was sent first its merchant asks how it stands; 0: never.
  bool operator==(const planned_batch&) const = default;
};

using oncepay::bank_answer;
using oncepay::bank_deed;

/// Something a bank tells of its own accord about a payment. It tells it again, at growing intervals, until it is told
/// that it was taken; only then the next one.
struct planned_notice {
  int64_t after_us = 0; ///< After it received the request, or after the notice before was taken.
  reply_class outcome = reply_class::succeeded;
  std::string code;
  int64_t amount_minor = 0; ///< What it says was paid; 0: what was.
  uint32_t copies = 1;      ///< Told so often in one go.
  bool stray = false;       ///< About a payment that nobody sent, instead.
  bool operator==(const planned_notice&) const = default;
};

/// What goes wrong with a bank's answer to an enquiry, a close or a reversal.
enum class answer_fault : uint8_t {
  silent,    ///< Nothing is ever said.
  fails,     ///< The request itself fails: to be repeated.
  late,      ///< The truth, after the reply window.
  unmapped,  ///< A code that nobody mapped.
  not_found, ///< Of enquiries: "not found", about what it received.
  refused,   ///< Of reversals: "no".
  denied,    ///< Of closes: "closed", although it was paid.
};

/// What a bank answers, in place of the truth, the first so many times it is asked about one payment or refund.
struct planned_answer {
  operation to = operation::pay; ///< `pay` and `refund`: an enquiry about it; `close` and `reverse`: that itself.
  answer_fault fault = answer_fault::silent;
  uint32_t times = 1;
  bool acts = true; ///< Of closes and reversals: done, whatever is said of it.
  bool operator==(const planned_answer&) const = default;
};

/// The deed for one attempt or refund of one order; all others fare as their channel's behaviour and `lies` say.
struct planned_deed {
  merchant_id merchant;
  oncepay::order_no order_no;
  uint32_t attempt_number = 1;
  bank_deed deed;
  oncepay::order_no refund_no = {}; ///< Not empty: the deed for this refund instead.
  std::vector<planned_notice> notices = {};
  std::vector<planned_answer> answers = {}; ///< To what it is asked besides; of each kind one. No scenario's.
  bool operator==(const planned_deed&) const = default;
};

/// How often the banks say what isn't so, on top of each channel's `bank_behaviour`. Parts per million of requests.
struct lies {
  uint32_t repeat_ppm = 0;              ///< The same answer twice.
  uint32_t contradict_ppm = 0;          ///< "Succeeded", and later "failed", although the money moved.
  uint32_t deny_ppm = 0;                ///< "Failed", although the money moved; the truth comes later.
  uint32_t unknown_code_ppm = 0;        ///< An answer nobody has mapped; the money may have moved or not.
  uint32_t reply_after_timeout_ppm = 0; ///< The truth, but after the reply window.
  // Of enquiries:
  uint32_t enquiry_failed_ppm = 0;  ///< The question fails, or is never answered.
  uint32_t enquiry_unknown_ppm = 0; ///< A code nobody has mapped, or "the payer is typing the password".
  uint32_t not_found_early_ppm = 0; ///< "Not found" about what it received, as long as nobody may believe it.
  uint32_t close_denied_ppm = 0;    ///< Of closes: "closed", although it was paid already.
  uint32_t unnamed_ppm = 0;         ///< Of cards that it bound: not by which agreement.
  // Of payments by code, and their reversals:
  uint32_t confirming_ppm = 0;       ///< The payer types a password, some of them for longer than anybody waits.
  uint32_t reversal_again_ppm = 0;   ///< "Again", done or not, or no answer.
  uint32_t reversal_refused_ppm = 0; ///< "No", each time.
  // Of notices:
  uint32_t notices_ppm = 0;             ///< Of payments made: told of its own accord, before the answer or after it.
  uint32_t notice_copies_ppm = 0;       ///< Of these: three copies at once, and once more later.
  uint32_t notice_contradict_ppm = 0;   ///< Of these: "failed", after the truth was taken.
  uint32_t notice_other_amount_ppm = 0; ///< Of all payments, made or not: "paid", a cent.
  uint32_t notice_stray_ppm = 0;        ///< Of all payments: "paid", about one that nobody sent.
  // Of tries to tell a merchant of a result:
  uint32_t telling_refused_ppm = 0; ///< Its service can't be reached, or answers something else.
  uint32_t telling_hangs_ppm = 0;   ///< It hears it and never answers.
  uint32_t telling_lost_ppm = 0;    ///< It acknowledges, and its answer is lost: it is told again.
  bool operator==(const lies&) const = default;
};

/// What a merchant's own service does with one try to tell it of a result.
enum class service_fate : uint8_t {
  acknowledges,
  unreachable,
  answers_500,
  answers_otherwise, ///< "200", and not the word that acknowledges.
  hangs,             ///< It hears it and never answers.
  answer_lost,       ///< It acknowledges, and its answer is lost.
};

/// Operators who find out what became of something in doubt, and rule on it. Parts per million.
struct ruling_people {
  uint32_t rules_ppm = 0;    ///< Of what comes to be in doubt, or is left to a person.
  uint32_t mistaken_ppm = 0; ///< Of these: the opposite of what the bank's book says.
  uint32_t alone_ppm = 0;    ///< Of these, each: who proposed tries to approve; another ruling is approved; withdrawn.
  bool operator==(const ruling_people&) const = default;
};

// --- disturbances -----------------------------------------------------------------------------------------------

/// The process dies, `after_steps` actor turns after its time has come: anywhere, also while it is starting. Where it
/// is dead already, the next one dies, so many turns after it began.
struct crash {
  uint32_t after_steps = 0;
  uint32_t down_ms = 1'000; ///< Until the next process starts.
  bool operator==(const crash&) const = default;
};
/// The next commit fails; the process stops over it and is started again.
struct failed_commit {
  store_errc code = store_errc::io;
  batch_fate fate = batch_fate::lost;
  bool operator==(const failed_commit&) const = default;
};
/// Every commit fails with "full" for so long; the process stops over the first, and over each attempt to go on.
struct full_disk {
  uint32_t for_ms = 5'000;
  bool operator==(const full_disk&) const = default;
};
/// Commits take so long, for a while.
struct slow_commits {
  uint32_t commit_us = 200'000;
  uint32_t for_ms = 1'000;
  bool operator==(const slow_commits&) const = default;
};
/// An operator switches a channel, by command over the wire.
struct switch_channel {
  channel_id channel;
  bool on = false;
  bool operator==(const switch_channel&) const = default;
};
/// An operator stops pay-outs, or lets them go on: all, or those that `merchant` or `channel` names.
struct switch_pay_outs {
  bool on = false;
  merchant_id merchant = {};
  channel_id channel = {};
  bool operator==(const switch_pay_outs&) const = default;
};
/// An operator switches a merchant, or a method for everybody.
struct switch_business {
  switch_subject subject = switch_subject::merchant;
  std::string name;
  bool on = false;
  bool operator==(const switch_business&) const = default;
};
/// The wall clock jumps, forwards or back; the steady clock goes on.
struct clock_jump {
  int64_t by_ms = 0;
  bool operator==(const clock_jump&) const = default;
};
/// A client's connection breaks, its unanswered requests with it; it connects again.
struct cut_connection {
  uint32_t client = 0;
  bool in_mid_frame = false; ///< Its next frame arrives half, and then nothing.
  bool operator==(const cut_connection&) const = default;
};

/// What a bank does, while it is out, with the requests that reach it.
enum class outage_kind : uint8_t {
  declining, ///< Says that it is out: the money did not move, another channel may be tried.
  silent,    ///< The money doesn't move, and nothing is ever said.
  hanging,   ///< Moves the money, and says so only when the outage is over.
};

/// A channel's bank is out for a while. What was scripted for an attempt happens all the same.
struct channel_outage {
  channel_id channel;
  outage_kind how = outage_kind::declining;
  uint32_t for_ms = 10'000;
  bool operator==(const channel_outage&) const = default;
};

struct disturbance {
  int64_t at_us = 0;
  std::variant<crash, failed_commit, full_disk, slow_commits, switch_channel, clock_jump, cut_connection,
               channel_outage, switch_pay_outs, switch_business>
      what;
  bool operator==(const disturbance&) const = default;
};

/// "crash", "failed-commit", …: as the summary counts them and scenario files spell them.
std::string_view name_of(const disturbance&);
/// "declining", …, as scenario files spell them.
std::string_view name(outage_kind);

/// What a scenario says must have come of an order, once everything has settled.
struct expectation {
  merchant_id merchant;
  oncepay::order_no order_no;
  std::optional<order_state> state; ///< `none`: the order must not exist.
  std::optional<bool> in_doubt;
  std::optional<bool> manual; ///< In doubt, and left to a person.
  std::optional<uint32_t> attempts;
  std::optional<channel_id> channel;            ///< Of the last attempt.
  std::optional<uint32_t> moved_times;          ///< How often the banks moved its money.
  std::optional<uint32_t> contradictions;       ///< Recorded in its trajectory.
  std::optional<int64_t> refunded_minor = {};   ///< What its refunds that succeeded come to, its surplus included.
  std::optional<int64_t> given_back_minor = {}; ///< What the banks gave back of it.
  bool operator==(const expectation&) const = default;
};

struct microseconds_between {
  uint32_t min_us = 0;
  uint32_t max_us = 0;
  bool operator==(const microseconds_between&) const = default;
};

struct plan {
  uint64_t seed = 1;
  std::string name; ///< Of the profile or scenario.
  std::vector<merchant_terms> merchants;
  std::vector<channel_terms> channels;
  uint32_t clients = 4;
  uint32_t tickets_total = 4'096;
  microseconds_between commit{100, 300}; ///< How long a durable commit takes.
  microseconds_between link{200, 1'000}; ///< How long bytes are under way between a client and the server.
  sim::lies lies;
  ruling_people people;
  std::optional<risk::rules> risk;
  std::vector<planned_order> orders;     ///< By `at_us`.
  std::vector<disturbance> disturbances; ///< By `at_us`.
  std::vector<planned_deed> deeds;
  std::vector<expectation> expectations;
  int64_t settle_ms = 180'000; ///< After the last of them everything must have settled within this.
  /// What merchants' services do with the tries for each result, the last with all further ones. Empty: what `lies`
  /// say. No scenario's.
  std::vector<service_fate> services = {};
  std::vector<planned_batch> batches = {}; ///< By `at_us`. No scenario's.
  bool operator==(const plan&) const = default;
};

} // namespace oncepay::sim
