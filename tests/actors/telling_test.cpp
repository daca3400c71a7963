// Merchants are told of results: what the shells around the rules must not lose, repeat, or hold up.
#include "tests/actors/town.hpp"

#include "actors/domain/dialect/telling_request.hpp"
#include "schema/limits.hpp"
#include "schema/log_codec.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>

using namespace oncepay;
using namespace oncepay::test;

namespace {

const signing_keys key{"a key of sixteen", {}, {}};

link_answer says(std::string body, int status = 200) {
  return {link_fate::replied, status, std::move(body), {}};
}

struct heard {
  http_request what;
  std::function<void(link_answer)> answer;

  std::string id() const { return (*read_fields(body_format::json, what.body))["id"]; }
  std::string result() const { return (*read_fields(body_format::json, what.body))["result"]; }
};

/// What merchants' services heard, and how they answer; none: they hang.
struct services {
  std::map<std::string, std::vector<heard>> of;
  std::function<std::optional<link_answer>(const std::string& merchant)> answers = [](const auto&) {
    return says("success");
  };
  bool known = true;
};

class service_link final : public channel_link {
public:
  service_link(std::shared_ptr<services> s, std::string merchant) : s_(std::move(s)), merchant_(std::move(merchant)) {}
  void carry(link_request what, std::function<void(link_answer)> answered) override {
    s_->of[merchant_].push_back({std::move(what.what), answered});
    if (auto a = s_->answers(merchant_))
      answered(std::move(*a));
  }

private:
  std::shared_ptr<services> s_;
  std::string merchant_;
};

/// m1 and m2 are told of results.
struct told_town {
  explicit told_town(channel_terms bank = channel("alpha"))
      : w([&] {
          auto options = town({std::move(bank)});
          for (merchant_terms& m : options.merchants)
            m.notify_url = "https://" + m.merchant.str() + ".example/told";
          options.open_merchant = [s = s](const merchant_id& m) -> tl::expected<merchant_access, std::string> {
            if (!s->known)
              return tl::unexpected(std::string("the configuration names no address and key for it"));
            return merchant_access{"", key, std::make_shared<service_link>(s, m.str())};
          };
          return options;
        }()) {}
  ~told_town() { s->of.clear(); } // they hold actors
  told_town(const told_town&) = delete;
  told_town& operator=(const told_town&) = delete;

  reply pay(std::string_view order, std::string_view merchant_name = "m1") {
    return w.ask(w.connect(), test::pay(order, 10'000, merchant_name));
  }
  std::vector<heard>& by(const std::string& merchant_name) { return s->of[merchant_name]; }
  bool hears(size_t n, const std::string& merchant_name = "m1", int64_t most_ms = 120'000) {
    return w.run_until([&] { return by(merchant_name).size() >= n; }, most_ms);
  }
  size_t events(std::string_view kind) const {
    size_t n = 0;
    (void)w.log().read_all(1, 1'000'000, [&](uint64_t, bytes_view stored) {
      const auto d = decode_decision(stored);
      for (const event& e : d->events)
        n += name_of(e) == kind ? 1 : 0;
      return true;
    });
    return n;
  }

  std::shared_ptr<services> s = std::make_shared<services>();
  sim::world w;
};

} // namespace

TEST_CASE("a merchant is told of its payment once, and one more decision records that it acknowledged") {
  told_town t;
  REQUIRE(t.pay("A-1").code == errc::ok);
  t.w.run_for(120'000);
  REQUIRE(t.by("m1").size() == 1);
  CHECK(t.by("m1")[0].result() == "paid");
  CHECK(t.by("m2").empty());
  CHECK(t.events("merchant_to_tell") == 1);
  CHECK(t.events("merchant_told") == 1);
  CHECK(t.w.counted().tellings.tries[static_cast<size_t>(telling_fate::acknowledged)].value() == 1);
}

TEST_CASE("nothing is told before it is durable: a merchant would deliver for what a crash takes back") {
  told_town t;
  size_t durable_when_told = 0;
  t.s->answers = [&](const auto&) {
    durable_when_told = t.events("order_paid");
    return says("success");
  };
  REQUIRE(t.pay("A-1").code == errc::ok);
  REQUIRE(t.hears(1));
  CHECK(durable_when_told == 1);
}

TEST_CASE("a merchant that fails is told again after fifteen seconds, under the same id, until it acknowledges") {
  told_town t;
  t.s->answers = [&](const auto&) {
    return t.by("m1").size() < 3 ? says("oh no", 500) : says("success");
  };
  REQUIRE(t.pay("A-1").code == errc::ok);
  REQUIRE(t.hears(1));
  t.w.run_for(14'000);
  CHECK(t.by("m1").size() == 1);
  REQUIRE(t.hears(3));
  t.w.run_for(600'000);
  REQUIRE(t.by("m1").size() == 3);
  CHECK(t.by("m1")[0].what.body == t.by("m1")[2].what.body);
  CHECK(t.events("merchant_not_told") == 2);
  CHECK(t.events("merchant_told") == 1);
}

TEST_CASE("a merchant whose answer a crash lost is told again under the same id") {
  told_town t;
  t.s->answers = [](const auto&) {
    return std::nullopt;
  };
  REQUIRE(t.pay("A-1").code == errc::ok);
  REQUIRE(t.hears(1));
  t.w.crash();
  t.s->answers = [](const auto&) {
    return says("success");
  };
  REQUIRE(t.hears(2));
  t.w.run_for(60'000);
  CHECK(t.by("m1").size() == 2);
  CHECK(t.by("m1")[0].id() == t.by("m1")[1].id());
  CHECK(t.events("merchant_told") == 1);
  t.w.crash();
  t.w.run_for(120'000);
  CHECK(t.by("m1").size() == 2);
}

TEST_CASE("a merchant that hangs holds up no other") {
  told_town t;
  t.s->answers = [](const std::string& merchant_name) -> std::optional<link_answer> {
    if (merchant_name == "m1")
      return std::nullopt;
    return says("success");
  };
  for (int i = 0; i < 30; ++i)
    REQUIRE(t.pay("A-" + std::to_string(i)).code == errc::ok);
  for (int i = 0; i < 30; ++i)
    REQUIRE(t.pay("B-" + std::to_string(i), "m2").code == errc::ok);
  CHECK(t.hears(30, "m2", 1'000));
  CHECK(t.by("m1").size() == 1);
}

TEST_CASE("what waits for a merchant that hangs counts as tries, and is told when it answers again") {
  told_town t;
  t.s->answers = [](const auto&) {
    return std::nullopt;
  };
  for (int i = 0; i < 5; ++i)
    REQUIRE(t.pay("A-" + std::to_string(i)).code == errc::ok);
  REQUIRE(t.hears(1));
  t.w.run_for(limits::telling_wait_ms_max + 1'000);
  CHECK(t.by("m1").size() == 1);
  CHECK(t.events("merchant_not_told") == 4);
  t.s->answers = [](const auto&) {
    return says("success");
  };
  t.by("m1")[0].answer({link_fate::no_reply, 0, {}, "no reply in time"});
  t.w.run_for(60'000);
  CHECK(t.events("merchant_told") == 5);
}

TEST_CASE("a merchant without a key at hand isn't told, with one alarm, and its orders are paid all the same") {
  told_town t;
  t.s->known = false;
  REQUIRE(t.pay("A-1").code == errc::ok);
  REQUIRE(t.pay("A-2").code == errc::ok);
  t.w.run_for(60'000);
  CHECK(t.by("m1").empty());
  CHECK(t.events("merchant_told") == 0);
  CHECK(std::count_if(t.w.alarms().begin(), t.w.alarms().end(), [](const std::string& a) {
          return a.find("merchant m1 can't be told of results") != std::string::npos;
        }) == 1);
}

TEST_CASE("a merchant that never acknowledges is given up after a day, with an alarm") {
  told_town t;
  t.s->answers = [](const auto&) {
    return says("thanks");
  };
  REQUIRE(t.pay("A-1").code == errc::ok);
  t.w.run_for(100'000'000);
  CHECK(t.by("m1").size() == limits::telling_intervals_ms.size() + 1);
  CHECK(t.events("telling_given_up") == 1);
  CHECK(t.w.counted().tellings.given_up.value() == 1);
  CHECK(std::any_of(t.w.alarms().begin(), t.w.alarms().end(),
                    [](const std::string& a) { return a.find("never acknowledged") != std::string::npos; }));
}

TEST_CASE("an order that failed is told as failed") {
  told_town t(declining(channel("alpha")));
  REQUIRE(t.pay("A-1").code == errc::payment_failed);
  REQUIRE(t.hears(1));
  CHECK(t.by("m1")[0].result() == "failed");
}
