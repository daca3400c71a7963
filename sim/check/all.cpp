#include "sim/check/checkers.hpp"

namespace oncepay::sim {

std::vector<std::unique_ptr<checker>> make_checkers(const std::vector<channel_terms>& channels,
                                                    std::string_view environment) {
  std::vector<checker_ptr> all;
  // What costs money stands first: the first to speak is what is read.
  all.push_back(make_submitted_once());
  all.push_back(make_moved_once());
  all.push_back(make_agrees_with_banks());
  all.push_back(make_refunded_once());
  all.push_back(make_reversed());
  all.push_back(make_ruled_by_two());
  all.push_back(make_paid_out_once());
  all.push_back(make_batches_kept());
  all.push_back(make_wallets_hold());
  all.push_back(make_pay_outs_stay_stopped());
  all.push_back(make_agreements_kept());
  all.push_back(make_risk_kept());
  all.push_back(make_heard());
  all.push_back(make_notices_kept());
  all.push_back(make_merchants_told());
  all.push_back(make_enquired(channels));
  all.push_back(make_checked(channels));
  all.push_back(make_acknowledged());
  all.push_back(make_idempotent());
  all.push_back(make_books());
  all.push_back(make_white_list());
  all.push_back(make_eligible(channels));
  all.push_back(make_off_stays_off());
  all.push_back(make_within_limits(channels));
  all.push_back(make_within_quota());
  all.push_back(make_redecides(environment));
  all.push_back(make_settles());
  all.push_back(make_answered());
  all.push_back(make_rebuilt_views());
  return all;
}

} // namespace oncepay::sim
