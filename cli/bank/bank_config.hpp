// The configuration of `oncepay bank`: whom it serves, with which keys, and how badly.
#pragma once

#include "actors/domain/dialect/dialect.hpp"
#include "cli/config/config.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace oncepay::cli {

/// What goes wrong with one request. Of a question, where no money moves, the two of a kind are the same.
enum class bank_fault : uint8_t {
  none = 1,
  refuse,          ///< Nothing was done, and this bank won't: another one may.
  decline,         ///< The payer hasn't enough.
  system_error,    ///< Nothing was done, and the code doesn't tell.
  payer_confirms,  ///< The payer types a password first.
  slow,            ///< It is done, and told late.
  drop_before,     ///< The connection is cut, and nothing was done.
  drop_after,      ///< It is done, then the connection is cut.
  garbage,         ///< It is done, and the answer can't be read.
  wrong_signature, ///< It is done, and the answer isn't signed as it should be.
  other_amount,    ///< It is done, and the answer names another amount.
  recall,          ///< Of reversals only: nothing was done, and the answer says that it is to be repeated.
};
inline constexpr std::array bank_faults{bank_fault::none,           bank_fault::refuse,
                                        bank_fault::decline,        bank_fault::system_error,
                                        bank_fault::payer_confirms, bank_fault::slow,
                                        bank_fault::drop_before,    bank_fault::drop_after,
                                        bank_fault::garbage,        bank_fault::wrong_signature,
                                        bank_fault::other_amount,   bank_fault::recall};
/// "drop_after", as the configuration calls it.
std::string_view name(bank_fault);

/// What goes wrong with what the bank tells of its own accord about one payment.
enum class notice_fault : uint8_t {
  none = 1,
  lost,            ///< It never tells.
  duplicate,       ///< It tells five times at once.
  contradict,      ///< It tells the truth, then the contrary.
  wrong_signature, ///< It signs wrongly first.
  other_amount,    ///< It names another amount first.
  stray,           ///< It tells of a payment that nobody asked for first.
};
inline constexpr std::array notice_faults{notice_fault::none,
                                          notice_fault::lost,
                                          notice_fault::duplicate,
                                          notice_fault::contradict,
                                          notice_fault::wrong_signature,
                                          notice_fault::other_amount,
                                          notice_fault::stray};
/// "contradict", as the configuration calls it.
std::string_view name(notice_fault);

struct bank_account {
  std::string dialect; ///< "wechat-v2" or "alipay".
  std::string account; ///< What requests name it by: `mch_id`, `app_id`.
  signing_keys keys;   ///< The bank's own side: its private key, the customer's public one.
};

/// The interval is doubled so often at most: a day, from a second on.
inline constexpr uint32_t notice_times_bound = 16;

struct bank_config {
  std::string listen;
  std::string book;
  uint64_t seed = 1;
  std::vector<bank_account> accounts;
  std::map<bank_fault, uint32_t> payment_faults_ppm;  ///< Shares of payments, refunds and reversals.
  std::map<bank_fault, uint32_t> enquiry_faults_ppm;  ///< Shares of questions.
  std::map<notice_fault, uint32_t> notice_faults_ppm; ///< Shares of what is told of its own accord.
  std::map<int64_t, bank_fault> scripts;              ///< By the payment's amount: this fault, always.
  std::map<int64_t, notice_fault> notice_scripts;     ///< The same for what is told of it.
  uint32_t slow_ms = 1'000;
  uint32_t payer_confirms_ms = 1'000;
  uint32_t not_found_ms = 0;        ///< For so long after a payment, nobody who asks finds it.
  uint32_t notice_after_ms = 100;   ///< From a payment's end to its first notice, and from one thing told to the next.
  uint32_t notice_again_ms = 1'000; ///< What isn't acknowledged is told again after so long, doubled each time.
  uint32_t notice_times_max = 8;    ///< So often; then it is given up.
};

/// All mistakes, each with its line.
tl::expected<bank_config, config_mistakes> parse_bank_config(std::string_view text, std::string_view file);
tl::expected<bank_config, config_mistakes> load_bank_config(const std::string& file);

} // namespace oncepay::cli
