// Stories in which people rule otherwise than two of them may, each in one way: the checker must say so.
#include "sim/check/ruled.hpp"
#include "tests/sim/story.hpp"

#include <doctest/doctest.h>

using namespace oncepay;
using namespace oncepay::test;

namespace {

const stream_name a1 = order_named("A-1");

void has(const std::string& text, std::string_view words) {
  CAPTURE(text);
  CAPTURE(words);
  CHECK(text.find(words) != std::string::npos);
}

ruling_proposal_input finds(ruling_outcome outcome, const char* evidence = sim::evidence_of_the_book) {
  return {ruling_subject::attempt, 1, outcome, evidence, "read", "anna"};
}

/// Its bank said nothing, and somebody found out what became of it.
struct ruled_story : story {
  explicit ruled_story(bool money_moved, const ruling_proposal_input& said) {
    opens("A-1", is_silent(money_moved));
    tell(a1, timed_out(1));
    passes_ms(60'000);
    tell(a1, said);
  }
  ruling_answer_input approval(const char* who = "berta") const {
    return {history.find(a1)->state.rulings.back().id, true, who, ""};
  }
};

} // namespace

TEST_CASE("Nobody objects to two people who agree, also where they were mistaken") {
  for (bool moved : {false, true})
    for (ruling_outcome outcome : {ruling_outcome::succeeded, ruling_outcome::failed}) {
      const bool right = moved == (outcome == ruling_outcome::succeeded);
      ruled_story s(moved, finds(outcome, right ? sim::evidence_of_the_book : sim::mistaken_evidence));
      s.tell(a1, s.approval());
      s.settle();
      CHECK(s.said_by("ruled-by-two").empty());
      CHECK(s.said_by("agrees-with-banks").empty());
      CHECK(s.said_by("books").empty());
      CHECK(s.said_by("white-list").empty());
    }
}

TEST_CASE("Loss prevented: one person alone who rules is noticed") {
  ruled_story s(true, finds(ruling_outcome::succeeded));
  decision d = s.next(a1, s.approval());
  std::get<ruling_answer_input>(d.input).operator_name = "anna";
  s.durable(std::move(d));
  has(s.said_by("ruled-by-two"), "is approved by anna, who proposed it");
}

TEST_CASE("Loss prevented: a ruling that brings about something else is noticed") {
  ruled_story s(true, finds(ruling_outcome::succeeded));
  decision d = s.next(a1, s.approval());
  d.events = {ruling_approved{}, attempt_failed{1}, order_failed{500}};
  s.durable(std::move(d));
  has(s.said_by("ruled-by-two"), "brings about attempt_failed, and two persons agreed on attempt 1 succeeded");
}

TEST_CASE("Loss prevented: a ruling that nobody proposed is noticed") {
  ruled_story s(true, finds(ruling_outcome::succeeded));
  decision d = s.next(a1, s.approval());
  std::get<ruling_answer_input>(d.input).ruling = ruling_id::trusted(s.submission(a1, 1).attempt.str());
  s.durable(std::move(d));
  has(s.said_by("ruled-by-two"), "answers a ruling that was never proposed for this order");

  story other;
  other.opens("A-1", is_silent(true));
  other.tell(a1, timed_out(1));
  decision alone = other.next(a1, says(1, reply_class::succeeded));
  std::get<attempt_input>(alone.input).source = evidence::ruling;
  other.durable(std::move(alone));
  has(other.said_by("ruled-by-two"), "takes a ruling that nobody proposed for evidence");
}

TEST_CASE("Loss prevented: a ruling after evidence, or after its time, is noticed") {
  ruled_story s(true, finds(ruling_outcome::failed));
  decision d = s.next(a1, s.approval());
  SUBCASE("evidence") {
    s.tell(a1, says(1, reply_class::succeeded));
    d.version = 5;
    s.durable(std::move(d));
    has(s.said_by("ruled-by-two"), "rules attempt 1 failed, which evidence settled before");
    has(s.said_by("white-list"), "moves attempt 1 from succeeded to failed");
  }
  SUBCASE("time") {
    d.at = plus_ms(d.at, int64_t{4} * 86'400'000);
    s.durable(std::move(d));
    has(s.said_by("ruled-by-two"), "is approved after it expired");
  }
}

TEST_CASE("Loss prevented: people who read the bank's book, and a log that has it otherwise, are noticed") {
  ruled_story s(true, finds(ruling_outcome::failed));
  s.tell(a1, s.approval());
  s.settle();
  has(s.said_by("ruled-by-two"), "people looked into the bank's book and ruled attempt 1 failed");
}

TEST_CASE("Loss prevented: an approval that is acknowledged and isn't in the log is noticed") {
  ruled_story s(true, finds(ruling_outcome::succeeded));
  const ruling_answer_input yes = s.approval();
  const auto request =
      s.send(answer_ruling_command{m1, *order_no::parse("A-1"), yes.ruling, true, yes.operator_name, ""});
  reply told = s.standing(a1);
  told.code = errc::ok;
  s.answer(request, told);
  has(s.said_by("ruled-by-two"), "was told that ruling " + yes.ruling.str() + " is approved");
}
