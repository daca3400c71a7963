#include "tests/support/typical_payment.hpp"

namespace oncepay::typical {

namespace {

const instant opened_at{1'763'646'043'223'456'789};

merchant_id merchant() {
  return merchant_id::parse("m-15349").value();
}
order_no number() {
  return order_no::parse("transactions-0012345").value();
}
channel_id channel(std::string_view text) {
  return channel_id::parse(text).value();
}
money cny(int64_t minor) {
  return {minor, parse_currency("CNY").value()};
}

} // namespace

decision opening() {
  pay_input in;
  in.amount = cny(14'780);
  in.method = method_id::parse("card").value();
  in.payer_token = hash_parts_128({"a payer"});
  in.payer = {1, {}};
  // Not a repeated byte: real ciphertext has no runs that packing could profit from.
  for (int i = 0; i < 21; ++i)
    in.payer.ciphertext.push_back(static_cast<std::byte>(31 * i + 7));
  in.placed_at = {1'763'646'043'123'456'789};
  in.route.candidates = {{channel("alpha"), verdict::chosen, false, 10, 89},
                         {channel("beta"), verdict::ranked_lower, false, 20, 74},
                         {channel("gamma"), verdict::method, true, 20, 50}};
  in.route.chosen = channel("alpha");
  in.route.submit_within_ms = 5'000;
  in.route.reply_within_ms = 10'000;
  in.route.enquire_after_ms = 120'000;
  in.route.cost_minor = 89;
  in.route.fee_minor = 148;
  in.route.terms_position = 45;
  return {opened_at,
          stream_name::of_order(merchant(), number()),
          1,
          {},
          plus_ms(opened_at, 16'000),
          in,
          {order_opened{hash_parts_128({"a fingerprint"})},
           attempt_intended{1, make_attempt_id("demo", merchant(), number(), 1), plus_ms(opened_at, 5'000),
                            plus_ms(opened_at, 15'000)}}};
}

decision success() {
  using enum account_kind;
  return {plus_ms(opened_at, 31),
          stream_name::of_order(merchant(), number()),
          2,
          plus_ms(opened_at, 16'000),
          {},
          attempt_input{1, evidence::channel_reply, reply_class::succeeded, "OK", "alpha-000012345678", {}},
          {attempt_succeeded{1}, order_paid{{{{channel_receivable, "alpha"}, cny(14'780)},
                                             {{merchant_pending, merchant().str()}, cny(-14'632)},
                                             {{platform_fees, {}}, cny(-148)},
                                             {{channel_cost, "alpha"}, cny(89)},
                                             {{channel_receivable, "alpha"}, cny(-89)}}}}};
}

} // namespace oncepay::typical
