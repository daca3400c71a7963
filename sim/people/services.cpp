#include "sim/people/services.hpp"

#include "actors/domain/dialect/telling_request.hpp"
#include "schema/hash.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace oncepay::sim {

namespace {

/// From a request's arrival to its answer, where one comes: 5 ms and up to so much more.
constexpr int64_t answer_us_min = 5'000;
constexpr int64_t answer_us_spread = 200'000;

uint64_t draw(uint64_t seed, const std::string& id, uint32_t nth, std::string_view about) {
  const auto h = hash_parts_128({about, std::to_string(seed), id, std::to_string(nth)});
  uint64_t value = 0;
  std::memcpy(&value, h.data(), sizeof value);
  return value;
}

std::string id_of(const http_request& r) {
  for (const http_header& h : r.headers)
    if (h.name == "Oncepay-Telling")
      return h.value;
  return {};
}

} // namespace

signing_keys key_of_services() {
  return {"the simulated merchants' key", {}, {}};
}

class services::link final : public channel_link {
public:
  link(services& all, merchant_id merchant) : all_(all), merchant_(std::move(merchant)) {}
  void carry(link_request what, std::function<void(link_answer)> answered) override {
    all_.receive(merchant_, what, std::move(answered));
  }

private:
  services& all_;
  merchant_id merchant_;
};

services::services(const plan& p, std::function<void(int64_t, std::function<void()>)> later)
    : plan_(p), later_(std::move(later)) {}

merchant_access services::open(const merchant_id& merchant) {
  return {"", key_of_services(), std::make_shared<link>(*this, merchant)};
}

void services::forget() {
  waiting_.clear();
  ++life_;
}

service_fate services::fate_of(const std::string& id, uint32_t nth) const {
  if (!plan_.services.empty())
    return plan_.services[std::min<size_t>(nth, plan_.services.size()) - 1];
  const lies& rates = plan_.lies;
  uint64_t share = draw(plan_.seed, id, nth, "service") % 1'000'000;
  const auto falls_on = [&share](uint32_t ppm) {
    const bool it_does = share < ppm;
    share -= it_does ? 0 : ppm;
    return it_does;
  };
  if (falls_on(rates.telling_refused_ppm)) {
    const uint64_t kind = draw(plan_.seed, id, nth, "which") % 3;
    return kind == 0   ? service_fate::unreachable
           : kind == 1 ? service_fate::answers_500
                       : service_fate::answers_otherwise;
  }
  if (falls_on(rates.telling_hangs_ppm))
    return service_fate::hangs;
  return falls_on(rates.telling_lost_ppm) ? service_fate::answer_lost : service_fate::acknowledges;
}

void services::receive(const merchant_id& merchant, const link_request& request, answer_to answered) {
  const std::string id = id_of(request.what);
  const uint32_t nth = ++tries_[id];
  const int64_t takes_us =
      answer_us_min + static_cast<int64_t>(draw(plan_.seed, id, nth, "takes") % uint64_t{answer_us_spread});
  const int64_t gives_up_us = request.reply_within_ms * 1'000;
  const link_answer none{link_fate::no_reply, 0, {}, "no reply in time"};
  const auto heard = [&](bool acknowledges, bool arrives) {
    on_heard({merchant, request.what, acknowledges, arrives});
  };
  on_tried(merchant);
  switch (fate_of(id, nth)) {
  case service_fate::unreachable:
    on_fate("merchant's service refuses");
    return answer(takes_us, {link_fate::never_left, 0, {}, "connection refused"}, std::move(answered));
  case service_fate::answers_500:
    on_fate("merchant's service refuses");
    heard(false, true);
    return answer(takes_us, {link_fate::replied, 500, "success", {}}, std::move(answered));
  case service_fate::answers_otherwise:
    on_fate("merchant's service refuses");
    heard(false, true);
    return answer(takes_us, {link_fate::replied, 200, "thank you", {}}, std::move(answered));
  case service_fate::hangs:
    on_fate("merchant's service hangs");
    heard(false, false);
    return answer(gives_up_us, none, std::move(answered));
  case service_fate::answer_lost:
    on_fate("merchant's acknowledgement lost");
    heard(true, false);
    return answer(takes_us, none, std::move(answered));
  case service_fate::acknowledges:
    break;
  }
  on_fate("merchant acknowledges");
  heard(true, true);
  answer(takes_us, {link_fate::replied, 200, std::string(acknowledgement), {}}, std::move(answered));
}

void services::answer(int64_t after_us, link_answer a, answer_to answered) {
  // The callback holds the notifier, which ends with its process: what is left of it here is a place to look into.
  waiting_.push_back(std::move(answered));
  later_(after_us, [this, place = std::prev(waiting_.end()), life = life_, a = std::move(a)] {
    if (life != life_)
      return;
    const answer_to then = std::move(*place);
    waiting_.erase(place);
    then(a);
  });
}

} // namespace oncepay::sim
