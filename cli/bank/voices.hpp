// The two dialects from the bank's side of the counter: requests understood and proven, answers written and signed. By
// hand and not by the dialect files, so that the two sides check each other.
#pragma once

#include "cli/bank/bank_config.hpp"
#include "cli/bank/teller.hpp"

#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace oncepay::cli {

struct understood {
  const bank_account* who = nullptr;
  bank_request request;
};

/// A request on one of the dialect's paths; the error is the body that refuses it.
tl::expected<understood, std::string> read_wechat(const bank_config&, std::string_view path, std::string_view body);
tl::expected<understood, std::string> read_alipay(const bank_config&, std::string_view body);

/// Something the bank tells of its own accord, true or not.
struct bank_notice {
  std::string id;
  int64_t amount_minor = 0;
  bool is_paid = false; ///< Else: it has failed.
  std::string give_back;
  instant at;
  bool wrong_signature = false;
};

std::string notice_in_wechat(const bank_account&, const bank_notice&);
std::string notice_in_alipay(const bank_account&, const bank_notice&);

/// True of the answer after which nothing is told again.
bool acknowledges_in_wechat(std::string_view body);
bool acknowledges_in_alipay(std::string_view body);

/// A signature that proves nothing: never the one it was made of, whatever the key made of its bytes.
inline std::string falsified(std::string signature) {
  if (!signature.empty())
    signature.front() = signature.front() == 'A' ? 'B' : 'A'; // in hexadecimal as in base 64
  return signature;
}

/// The body of an answer. Where the word says so, it is signed wrongly or names another amount.
std::string answer_in_wechat(const understood&, const bank_word&);
std::string answer_in_alipay(const understood&, const bank_word&);

} // namespace oncepay::cli
