#include "actors/confirmation_proof.hpp"

namespace oncepay {

namespace {

const signature_rule hmac{signing::hmac_sha256, {}, {}};

} // namespace

std::string confirmed_text(const merchant_id& merchant, const order_no& number, money amount) {
  std::string text = merchant.str();
  text.append("\n").append(number.str());
  text.append("\n").append(std::to_string(amount.minor));
  text.append("\n").append(alpha_code(amount.currency));
  return text;
}

std::string proof_of_confirmation(const signing_keys& keys, const merchant_id& merchant, const order_no& number,
                                  money amount) {
  if (keys.shared.empty())
    return {};
  return sign(hmac, keys, confirmed_text(merchant, number, amount)).value_or(std::string());
}

bool proves_confirmation(const signing_keys& keys, const confirm_command& c) {
  return !keys.shared.empty() && verify(hmac, keys, confirmed_text(c.merchant, c.order_no, c.amount), c.proof);
}

} // namespace oncepay
