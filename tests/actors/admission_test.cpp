#include "actors/admission.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace oncepay;

namespace {

/// A house of ten, in which four may wait for the server itself.
struct house {
  std::shared_ptr<admission> all = std::make_shared<admission>(10, 4);
  std::shared_ptr<connection_tickets> connection = std::make_shared<connection_tickets>(all, 100, nullptr);
  std::vector<ticket_ptr> out;

  size_t let_in(size_t most) {
    for (size_t n = 0; n < most; ++n) {
      auto t = connection->take();
      if (!t)
        return n;
      out.push_back(std::move(t));
    }
    return most;
  }
};

} // namespace

TEST_CASE("Who would only queue behind a server that doesn't keep up is told so at the door") {
  house h;
  CHECK(h.let_in(10) == 4);
  CHECK(h.all->in_hand_full());
  h.out.pop_back();
  CHECK_FALSE(h.all->in_hand_full());
  CHECK(h.let_in(10) == 1);
}

TEST_CASE("Those who wait for a slow channel keep nobody out until the house is full") {
  house h;
  for (int i = 0; i < 4; ++i) {
    h.let_in(2);
    h.all->at_channels(2);
  }
  CHECK(h.out.size() == 8);
  CHECK(h.let_in(10) == 2);
  h.all->at_channels(2);
  CHECK_FALSE(h.all->in_hand_full());
  CHECK(h.let_in(1) == 0);
}

TEST_CASE("When all channels answer at once nobody comes in until that is dealt with") {
  house h;
  h.let_in(4);
  h.all->at_channels(4);
  CHECK(h.let_in(4) == 4);
  h.all->at_channels(-4);
  CHECK(h.let_in(1) == 0);
}

TEST_CASE("A connection that was never full isn't told to read on, and one that was is told once") {
  auto all = std::make_shared<admission>(1'000, 1'000);
  int told = 0;
  auto connection = std::make_shared<connection_tickets>(all, 4, [&] { ++told; });
  std::vector<ticket_ptr> out;
  auto to = [&](size_t many) {
    while (out.size() < many)
      out.push_back(connection->take());
    out.resize(many);
  };
  to(3);
  CHECK_FALSE(connection->pauses());
  to(1);
  to(3);
  to(0);
  CHECK(told == 0);
  to(4);
  CHECK(connection->pauses());
  to(3);
  CHECK(told == 0); // not for one
  to(2);
  CHECK(told == 1);
  to(3);
  to(0);
  CHECK(told == 1);
}
