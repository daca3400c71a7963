// Merchants' own services, which are told of results: they answer, answer something else, hang, or acknowledge into a
// connection that breaks. What each does with each try is drawn from the seed, the result's id and the try alone.
#pragma once

#include "actors/channel_link.hpp"
#include "sim/check/checker.hpp"
#include "sim/plan/plan.hpp"

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>

namespace oncepay::sim {

class services {
public:
  /// `later` calls back once so many microseconds have passed.
  services(const plan&, std::function<void(int64_t after_us, std::function<void()>)> later);

  merchant_access open(const merchant_id&);
  /// The process died: nobody waits for answers any more.
  void forget();

  /// Somebody is about to tell a merchant, which may not be reached.
  std::function<void(const merchant_id&)> on_tried;
  /// What a merchant heard, when it did.
  std::function<void(const heard_telling&)> on_heard;
  /// What became of a try, as the summary counts it.
  std::function<void(const std::string& what)> on_fate;

private:
  class link;
  using answer_to = std::function<void(link_answer)>;
  void receive(const merchant_id&, const link_request&, answer_to);
  /// What becomes of the `nth` try to tell a result.
  service_fate fate_of(const std::string& id, uint32_t nth) const;
  void answer(int64_t after_us, link_answer, answer_to);

  const plan& plan_;
  std::function<void(int64_t, std::function<void()>)> later_;
  std::map<std::string, uint32_t> tries_; ///< By the result's id.
  std::list<answer_to> waiting_;          ///< For answers; they hold actors.
  uint64_t life_ = 0;                     ///< Of the server's process.
};

/// What merchants' services verify with.
signing_keys key_of_services();

} // namespace oncepay::sim
