// One factory per checker. Each file of that name says what its rule is and why somebody would be sorry without it.
#pragma once

#include "sim/check/checker.hpp"

namespace oncepay::sim {

using checker_ptr = std::unique_ptr<checker>;

checker_ptr make_acknowledged();
checker_ptr make_agrees_with_banks();
checker_ptr make_answered();
checker_ptr make_batches_kept();
checker_ptr make_books();
checker_ptr make_checked(const std::vector<channel_terms>&);
checker_ptr make_eligible(const std::vector<channel_terms>&);
checker_ptr make_enquired(const std::vector<channel_terms>&);
checker_ptr make_heard();
checker_ptr make_notices_kept();
checker_ptr make_idempotent();
checker_ptr make_merchants_told();
checker_ptr make_moved_once();
checker_ptr make_off_stays_off();
checker_ptr make_paid_out_once();
checker_ptr make_pay_outs_stay_stopped();
checker_ptr make_rebuilt_views();
checker_ptr make_redecides(std::string_view environment);
checker_ptr make_refunded_once();
checker_ptr make_reversed();
checker_ptr make_agreements_kept();
checker_ptr make_risk_kept();
checker_ptr make_ruled_by_two();
checker_ptr make_settles();
checker_ptr make_submitted_once();
checker_ptr make_wallets_hold();
checker_ptr make_white_list();
checker_ptr make_within_limits(const std::vector<channel_terms>&);
checker_ptr make_within_quota();

} // namespace oncepay::sim
