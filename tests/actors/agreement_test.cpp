// Cards and agreements from the wire to the bank and back: what the shells around the rules must not lose.
#include "tests/actors/town.hpp"

#include "actors/bank_book.hpp"
#include "actors/virtual_bank.hpp"
#include "schema/log_codec.hpp"
#include "schema/wire_codec.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unistd.h>

using namespace oncepay;
using namespace oncepay::test;

namespace {

channel_terms binding_cards(channel_terms t) {
  t.card_methods = {card};
  return t;
}

bind_command bind_card(std::string_view order, std::string token = "tok-1") {
  return {*merchant_id::parse("m1"), *order_no::parse(order), cny, card, std::move(token), "alice"};
}

authenticate_command authenticate(std::string_view order, std::string token = "tok-1") {
  return {*merchant_id::parse("m1"), *order_no::parse(order), cny, card, std::move(token), "alice"};
}

unbind_command unbind(std::string_view order, std::string_view number) {
  return {*merchant_id::parse("m1"), *order_no::parse(order), *order_no::parse(number), "test"};
}

pay_command withhold(std::string_view order, std::string_view bound_by, int64_t amount_minor = 10'000) {
  pay_command c = pay(order, amount_minor);
  c.agreement_order_no = *order_no::parse(bound_by);
  return c;
}

/// A bank that knows agreements, outlives the server, and says or keeps silent as it is told.
struct remembering {
  bool answers_bindings = true;
  bool names_agreements = true;
  bool answers_unbindings = true;
  int64_t takes_us = 1'000;
  std::map<std::string, bank_memory> known; ///< By the id of the request.
  std::map<std::string, int> received;      ///< How often.
  int withheld = 0;
  bool found = true; ///< To enquiries; else they fail.
};

class remembering_bank final : public bank {
public:
  explicit remembering_bank(std::shared_ptr<remembering> all) : all_(std::move(all)) {}

  bank_deed receive(instant now, const submit_effect& what, uint32_t) override {
    ++all_->received[what.attempt.str()];
    const auto signing = signed_under(what.agreement);
    if (what.operation == operation::withhold && (!signing || !all_->known[signing->str()].stands()))
      return {false, {{all_->takes_us, reply_class::failed_final, "NO_AGREEMENT"}}};
    all_->withheld += what.operation == operation::withhold ? 1 : 0;
    all_->known[what.attempt.str()] = {now, true, false, what.amount.minor, 0, binds_card(what.operation)};
    if (binds_card(what.operation) && !all_->answers_bindings)
      return {true, {}};
    return {true, {{all_->takes_us, reply_class::succeeded, "OK", all_->names_agreements}}};
  }
  bank_deed refund(instant now, const channel_request_effect& what) override {
    ++all_->received[what.id.str()];
    all_->known[what.id.str()] = {now, true};
    all_->known[what.original.str()].unbound = true;
    if (!all_->answers_unbindings)
      return {true, {}};
    return {true, {{all_->takes_us, reply_class::succeeded, "OK"}}};
  }
  std::optional<enquiry_answer> close(instant, const channel_request_effect&) override { return std::nullopt; }
  std::optional<enquiry_answer> reverse(instant, const channel_request_effect&) override { return std::nullopt; }
  std::optional<enquiry_answer> enquire(instant, const channel_request_effect& what) override {
    if (!all_->found)
      return enquiry_answer{1'000, true, reply_class::unknown, "QUERY_FAILED"};
    return enquiry_answer{1'000, false,
                          all_->known.contains(what.id.str()) ? reply_class::succeeded : reply_class::not_found, "OK"};
  }
  tl::expected<void, std::string> flush() override { return {}; }
  void configure(const channel_terms&) override {}

private:
  std::shared_ptr<remembering> all_;
};

sim::world_options town_of(const std::shared_ptr<remembering>& all, uint64_t seed = 1) {
  auto terms = binding_cards(channel("alpha"));
  terms.enquire_after_ms = 10'000;
  auto options = town({terms}, seed);
  options.open_bank = [all](const channel_terms&) -> tl::expected<bank_ptr, std::string> {
    return std::make_unique<remembering_bank>(all);
  };
  return options;
}

/// What a stream's decisions hold, in their order.
std::vector<std::string> events_of(const sim::world& w, std::string_view order) {
  std::vector<std::string> names;
  REQUIRE(w.log().read(stream_name::of_order(*merchant_id::parse("m1"), *order_no::parse(order)), 1,
                       [&](uint64_t, bytes_view stored) {
                         const auto d = decode_decision(stored);
                         REQUIRE(d.has_value());
                         for (const event& e : d->events)
                           names.emplace_back(name_of(e));
                         return true;
                       }));
  return names;
}

bool is_paid(sim::world& w, sim::client& c, std::string_view order) {
  const reply r = w.ask(c, query(order));
  return r.code == errc::ok && order_in(r).state == order_state::paid;
}

std::string text_of(bytes_view bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

} // namespace

TEST_CASE("A card is bound, payments are withheld by it, and none once it is unbound") {
  sim::world w(town({binding_cards(channel("alpha")), channel("beta", 1)}));
  sim::client& c = w.connect();
  const reply bound = w.ask(c, bind_card("B-1"));
  CHECK(bound.code == errc::ok);
  CHECK(label_of(order_in(bound)) == "bound");
  CHECK(order_in(bound).card.stands);
  CHECK(order_in(bound).card.mask.starts_with("6222****"));
  CHECK(order_in(bound).attempts.at(0).channel.str() == "alpha"); // beta is cheaper, and binds no cards
  CHECK(balances(w, c).empty());

  const reply taken = w.ask(c, withhold("W-1", "B-1"));
  CHECK(taken.code == errc::ok);
  CHECK(order_in(taken).card.bound_by.str() == "B-1");
  CHECK(order_in(taken).attempts.at(0).channel.str() == "alpha");
  const reply again = w.ask(c, withhold("W-1", "B-1"));
  CHECK(again.code == errc::ok);
  CHECK(again.duplicate);
  CHECK(w.ask(c, withhold("W-1", "B-1", 1)).code == errc::order_conflict);
  CHECK(w.ask(c, pay("W-1")).code == errc::order_conflict);
  CHECK(balance_of(balances(w, c), "channel/alpha/receivable") == 10'000 - 20);

  const reply ended = w.ask(c, unbind("B-1", "U-1"));
  CHECK(ended.code == errc::ok);
  CHECK(label_of(order_in(ended)) == "unbound");
  CHECK(w.ask(c, unbind("B-1", "U-1")).duplicate);
  CHECK(w.ask(c, unbind("B-1", "U-2")).code == errc::agreement_ended);
  const uint64_t head = w.log().head().position;
  CHECK(w.ask(c, withhold("W-2", "B-1")).code == errc::agreement_ended);
  CHECK(w.ask(c, query("W-2")).code == errc::unknown_order);
  CHECK(w.log().head().position == head);
  // What was withheld before stays, and is answered and refunded.
  CHECK(w.ask(c, withhold("W-1", "B-1")).code == errc::ok);
  CHECK(w.ask(c,
              refund_command{
                  *merchant_id::parse("m1"), *order_no::parse("W-1"), *order_no::parse("R-1"), {10'000, cny}, ""})
            .code == errc::ok);
  CHECK(sum_of(balances(w, c)) == 0);
}

TEST_CASE("What isn't bound refuses to be withheld by or unbound, and leaves the number free") {
  sim::world w(town({binding_cards(channel("alpha"))}));
  sim::client& c = w.connect();
  CHECK(w.ask(c, withhold("W-1", "B-1")).code == errc::unknown_agreement);
  CHECK(w.ask(c, unbind("B-1", "U-1")).code == errc::unknown_order);
  REQUIRE(w.ask(c, pay("A-1")).code == errc::ok);
  CHECK(w.ask(c, withhold("W-1", "A-1")).code == errc::unknown_agreement);
  CHECK(w.ask(c, unbind("A-1", "U-1")).code == errc::not_bound);
  CHECK(w.ask(c, query("W-1")).code == errc::unknown_order);
  CHECK(w.ask(c, withhold("W-1", "W-1")).code == errc::invalid_field);
  pay_command both = withhold("W-1", "B-1");
  both.bind_token = "tok";
  CHECK(w.ask(c, both).code == errc::invalid_field);
}

TEST_CASE("No channel binds cards, so nothing is opened") {
  sim::world w(town({channel("alpha")}));
  sim::client& c = w.connect();
  CHECK(w.ask(c, bind_card("B-1")).code == errc::no_channel);
  CHECK(w.ask(c, authenticate("V-1")).code == errc::no_channel);
  CHECK(w.ask(c, query("B-1")).code == errc::unknown_order);
}

TEST_CASE("A payment that binds as well is withheld by later, and refunded apart from being unbound") {
  sim::world w(town({binding_cards(channel("alpha"))}));
  sim::client& c = w.connect();
  pay_command signs = pay("A-1");
  signs.bind_token = "tok-1";
  const reply paid = w.ask(c, signs);
  CHECK(paid.code == errc::ok);
  CHECK(order_in(paid).kind == order_kind::payment);
  CHECK(order_in(paid).card.stands);
  CHECK(w.ask(c, withhold("W-1", "A-1")).code == errc::ok);
  CHECK(w.ask(c,
              refund_command{
                  *merchant_id::parse("m1"), *order_no::parse("A-1"), *order_no::parse("R-1"), {10'000, cny}, ""})
            .code == errc::ok);
  CHECK(w.ask(c, withhold("W-2", "A-1")).code == errc::ok); // the money went back, the agreement stands
  CHECK(w.ask(c, unbind("A-1", "U-1")).code == errc::ok);
  CHECK(w.ask(c, withhold("W-3", "A-1")).code == errc::agreement_ended);
  CHECK(sum_of(balances(w, c)) == 0);
}

TEST_CASE("A card is its payer's or it isn't, and either way nothing is signed") {
  sim::world yes(town({binding_cards(channel("alpha"))}));
  sim::client& c = yes.connect();
  const reply r = yes.ask(c, authenticate("V-1"));
  CHECK(r.code == errc::ok);
  CHECK(label_of(order_in(r)) == "authenticated");
  CHECK(order_in(r).card.agreement.empty());
  CHECK(yes.ask(c, withhold("W-1", "V-1")).code == errc::unknown_agreement);
  sim::world no(town({binding_cards(declining(channel("alpha")))}));
  CHECK(no.ask(no.connect(), authenticate("V-1")).code == errc::payment_failed);
}

TEST_CASE("Loss prevented: a payment is withheld after its payer ended the agreement, however they race") {
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    CAPTURE(seed);
    auto all = std::make_shared<remembering>();
    sim::world w(town_of(all, seed));
    sim::client& c = w.connect();
    sim::client& other = w.connect();
    REQUIRE(w.ask(c, bind_card("B-1")).code == errc::ok);
    const auto first = c.send({0, 0, withhold("W-1", "B-1")});
    const auto ended = other.send({0, 0, unbind("B-1", "U-1")});
    const auto second = c.send({0, 0, withhold("W-2", "B-1")});
    REQUIRE(w.run_until([&] {
      return c.reply_to(first) != nullptr && c.reply_to(second) != nullptr && other.reply_to(ended) != nullptr;
    }));
    CHECK(other.reply_to(ended)->code == errc::ok);
    const auto events = events_of(w, "B-1");
    const auto accepted = std::find(events.begin(), events.end(), "refund_requested");
    REQUIRE(accepted != events.end());
    CHECK(std::count(accepted, events.end(), "withhold_granted") == 0);
    int paid = 0;
    for (const reply* r : {c.reply_to(first), c.reply_to(second)}) {
      // Granted before the unbinding, it may still come too late to the bank, which refuses it.
      CHECK((r->code == errc::ok || r->code == errc::agreement_ended || r->code == errc::payment_failed));
      paid += r->code == errc::ok ? 1 : 0;
    }
    CHECK(paid == all->withheld);
    CHECK(paid <= std::count(events.begin(), accepted, "withhold_granted"));
    CHECK(w.ask(c, withhold("W-3", "B-1")).code == errc::agreement_ended);
  }
}

TEST_CASE("Loss prevented: a crash between the grant and the payment withholds it twice, or never") {
  for (int steps = 0; steps < 60; steps += 3) {
    CAPTURE(steps);
    auto all = std::make_shared<remembering>();
    all->takes_us = 300'000;
    sim::world w(town_of(all));
    REQUIRE(w.ask(w.connect(), bind_card("B-1")).code == errc::ok);
    sim::client& before = w.connect();
    before.send({0, 0, withhold("W-1", "B-1")});
    const int64_t until = 1'000'000'000'000'000;
    for (int i = 0; i < steps; ++i)
      w.step(until);
    w.crash();
    sim::client& c = w.connect();
    const reply retried = w.ask(c, withhold("W-1", "B-1"));
    CHECK((retried.code == errc::ok || retried.code == errc::in_doubt));
    w.run_for(60'000);
    CHECK(w.ask(c, withhold("W-1", "B-1")).code == (all->withheld == 1 ? errc::ok : errc::in_doubt));
    CHECK(all->withheld <= 1);
    for (const auto& [id, times] : all->received)
      CHECK(times == 1);
  }
}

TEST_CASE("Loss prevented: the same binding, sent twice at once, signs two agreements") {
  auto all = std::make_shared<remembering>();
  all->takes_us = 200'000;
  sim::world w(town_of(all));
  sim::client& c = w.connect();
  const auto one = c.send({0, 0, bind_card("B-1")});
  const auto two = c.send({0, 0, bind_card("B-1")});
  const auto other_card = c.send({0, 0, bind_card("B-1", "tok-2")});
  REQUIRE(w.run_until([&] { return c.reply_to(one) != nullptr && c.reply_to(two) != nullptr; }));
  CHECK(c.reply_to(one)->code == errc::ok);
  CHECK(c.reply_to(two)->code == errc::ok);
  REQUIRE(w.run_until([&] { return c.reply_to(other_card) != nullptr; }));
  CHECK(c.reply_to(other_card)->code == errc::order_conflict);
  CHECK(all->received.size() == 1);
  CHECK(all->received.begin()->second == 1);
}

TEST_CASE("A binding that its channel keeps silent about, or doesn't name, is bound once an enquiry names it") {
  for (bool silent_bank : {true, false}) {
    CAPTURE(silent_bank);
    auto all = std::make_shared<remembering>();
    all->answers_bindings = !silent_bank;
    all->names_agreements = false;
    sim::world w(town_of(all));
    sim::client& c = w.connect();
    CHECK(w.ask(c, bind_card("B-1")).code == errc::in_doubt);
    CHECK(w.ask(c, withhold("W-1", "B-1")).code == errc::not_bound);
    REQUIRE(w.run_until([&] { return is_paid(w, c, "B-1"); }));
    const reply r = w.ask(c, query("B-1"));
    CHECK(order_in(r).attempts.at(0).last_evidence == evidence::enquiry);
    CHECK(order_in(r).card.agreement == agreement_of(order_in(r).attempts.at(0).id));
    CHECK(w.ask(c, withhold("W-1", "B-1")).code == errc::ok);
    CHECK(all->received.at(order_in(r).attempts.at(0).id.str()) == 1);
  }
}

TEST_CASE("Loss prevented: an unbinding in doubt is sent again, or counts as done") {
  auto all = std::make_shared<remembering>();
  all->answers_unbindings = false;
  all->found = false;
  sim::world w(town_of(all));
  sim::client& before = w.connect();
  REQUIRE(w.ask(before, bind_card("B-1")).code == errc::ok);
  CHECK(w.ask(before, unbind("B-1", "U-1")).code == errc::unbind_in_doubt);
  CHECK(w.ask(before, withhold("W-1", "B-1")).code == errc::agreement_ended);
  w.crash();
  sim::client& c = w.connect();
  CHECK(w.ask(c, unbind("B-1", "U-1")).code == errc::unbind_in_doubt);
  w.run_for(30'000);
  CHECK(label_of(order_in(w.ask(c, query("B-1")))) == "bound");
  CHECK_FALSE(order_in(w.ask(c, query("B-1"))).card.stands);
  all->found = true;
  REQUIRE(w.run_until([&] { return label_of(order_in(w.ask(c, query("B-1")))) == "unbound"; }, 7'200'000));
  for (const auto& [id, times] : all->received)
    CHECK(times == 1);
}

TEST_CASE("Loss prevented: a card's number is kept, answered or told to anybody") {
  const std::string number = "4111111111111111";
  std::vector<std::string> said;
  auto options = town({binding_cards(channel("alpha"))});
  options.say = [&](severity, std::string_view text) {
    said.emplace_back(text);
  };
  sim::world w(options);
  sim::client& c = w.connect();
  const uint64_t head = w.log().head().position;
  std::vector<decltype(command::body)> wrong;
  for (const std::string& shown : {number, std::string("4111 1111 1111 1111"), std::string("4111-1111-1111-1111"),
                                   "card " + number + " of alice"}) {
    wrong.emplace_back(bind_card("B-1", shown));
    wrong.emplace_back(authenticate("V-1", shown));
    bind_command payer = bind_card("B-1");
    payer.payer = shown;
    wrong.emplace_back(payer);
    bind_command own = bind_card("B-1");
    own.card = shown;
    wrong.emplace_back(own);
    unbind_command why = unbind("B-1", "U-1");
    why.reason = shown;
    wrong.emplace_back(why);
    pay_command token = pay("A-1");
    token.bind_token = shown;
    wrong.emplace_back(token);
    pay_command by_whom = withhold("W-1", "B-1");
    by_whom.payer = shown;
    wrong.emplace_back(by_whom);
  }
  for (const auto& body : wrong) {
    const reply r = w.ask(c, body);
    CHECK(r.code == errc::card_number);
    CHECK(r.text.find("1111") == std::string::npos);
  }
  CHECK(w.log().head().position == head);
  REQUIRE(w.ask(c, bind_card("B-1")).code == errc::ok);
  query_order_command with_steps = query("B-1");
  with_steps.with_trajectory = true;
  w.ask(c, with_steps);
  REQUIRE(w.log().read_all(1, 10'000, [&](uint64_t, bytes_view stored) {
    CHECK(text_of(stored).find("1111111") == std::string::npos);
    CHECK(text_of(stored).find("tok-1") == std::string::npos); // a token is sealed, too
    return true;
  }));
  for (const reply& r : c.replies())
    CHECK(text_of(encode_frame(r)).find("1111111") == std::string::npos);
  for (const std::string& text : said)
    CHECK(text.find("1111111") == std::string::npos);
}

TEST_CASE("The virtual bank's book remembers agreements and how they ended") {
  const auto file = std::filesystem::temp_directory_path() / ("oncepay-agreements-" + std::to_string(::getpid()));
  std::filesystem::remove(file);
  auto terms = binding_cards(channel("alpha"));
  terms.bank.book_file = file.string();
  sim::world w(town({terms}));
  sim::client& before = w.connect();
  REQUIRE(w.ask(before, bind_card("B-1")).code == errc::ok);
  REQUIRE(w.ask(before, bind_card("B-2")).code == errc::ok);
  REQUIRE(w.ask(before, unbind("B-2", "U-2")).code == errc::ok);
  const attempt_id ended = order_in(w.ask(before, query("B-2"))).attempts.at(0).id;
  w.crash();
  CHECK(w.ask(w.connect(), withhold("W-1", "B-1")).code == errc::ok);
  auto book = bank_book::open(file.string());
  REQUIRE(book.has_value());
  CHECK_FALSE(book->find(ended)->stands());
  CHECK(book->find(ended)->binds);
  std::filesystem::remove(file);
}
