// What a bank's bytes may do to a channel, as a reply and as a notice: read or refused, and money counts as moved only
// where the bank signed that it did, of this very payment, or of the one that its notice names. The first byte of an
// input says how the bank speaks; the rest is what it would sign.
#include "actors/domain/dialect/notice.hpp"
#include "schema/limits.hpp"
#include "tests/cli/rsa_pems.hpp"
#include "tests/fuzz/demand.hpp"
#include "tests/fuzz/entry.hpp"

#include <algorithm>
#include <vector>

using namespace oncepay;
using fuzz::demand;

namespace {

const money our_amount{14780, {156}};

const asked_of_channel& our_payment() {
  static const asked_of_channel asked{channel_question::pay,     "7z", "7z", our_amount, our_amount, "1345",
                                      {1'795'000'000 * ns_per_s}};
  return asked;
}

/// What such a bank tells of its own accord, with every check there is.
notice_dialect make_notice(body_format format, signing how, const dialect_operation& pay) {
  notice_dialect notice;
  notice.body = format;
  notice.signature = {how, "sign", how == signing::rsa_sha256 ? "" : "&key="};
  notice.unsigned_fields = {"sign_type"};
  notice.must_be = pay.must_be;
  notice.echoes = {{"app", "{set.app}", {}}};
  notice.id_field = "pay";
  notice.order_field = "order";
  notice.amount = pay.amount;
  notice.channel_ref_field = "ref";
  notice.code_fields = pay.code_fields;
  notice.codes = pay.codes;
  return notice;
}

/// A dialect with every check that a dialect can ask for.
channel_voice make_voice(body_format format, signing how) {
  static const auto pair = test::new_rsa_pair();
  dialect_operation pay;
  pay.must_be = {{"return", "OK", {}}};
  pay.code_fields = {"result", "error"};
  pay.echoes = {{"no", "{id}", {}}};
  pay.amount = {"fee", format == body_format::json};
  pay.channel_ref_field = "ref";
  if (format == body_format::json)
    pay.reply_member = "answer";
  pay.codes.add("OK", reply_class::succeeded);
  pay.codes.add("FAIL/POOR", reply_class::failed_final);
  pay.codes.add("FAIL/DENIED", reply_class::failed_try_another);
  pay.codes.add("FAIL/TYPING", reply_class::payer_confirming);
  pay.codes.add("FAIL/NONE", reply_class::not_found);
  channel_voice voice;
  voice.speaks.name = "fuzzed";
  voice.speaks.request = voice.speaks.reply = format;
  voice.speaks.reply_signature = {how, "sign", "&key="};
  voice.speaks.reply_signs_member = format == body_format::json;
  voice.speaks.only_currency = currency{156};
  voice.speaks.notice = make_notice(format, how, pay);
  voice.settings = {{"app", "wx1"}};
  voice.speaks.operations.emplace(channel_question::pay, std::move(pay));
  voice.keys = {"nobody who writes inputs knows this", *rsa_key::private_key(pair.private_key),
                *rsa_key::public_key(pair.public_key)};
  return voice;
}

/// Made before the first input comes: keys take longer than an input may.
const std::vector<channel_voice> voices = [] {
  std::vector<channel_voice> all;
  for (const auto how : {signing::hmac_sha256, signing::md5, signing::rsa_sha256})
    for (const auto format : {body_format::xml, body_format::json, body_format::form})
      all.push_back(make_voice(format, how));
  return all;
}();

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

proven read(const channel_voice& voice, std::string_view body) {
  auto found = read_reply(voice, our_payment(), 200, body);
  demand(found.genuine || found.what == reply_class::unknown, "what nobody signed proves nothing");
  demand(found.code.size() <= limits::channel_code_bytes_max && is_printable(found.code), "a code can be recorded");
  demand(found.channel_ref.size() <= limits::channel_ref_bytes_max && is_printable(found.channel_ref),
         "a reference can be recorded");
  return found;
}

void is_not_believed(const channel_voice& voice, std::string_view body, const char* why) {
  demand(!read(voice, body).genuine, why);
}

/// Fields and their signature as a body; of a JSON dialect `member` is what was signed, as it stands.
std::string written(const channel_voice& voice, field_map fields, std::string_view member, const std::string& sign) {
  if (voice.speaks.reply_signs_member)
    return R"({"answer":)" + std::string(member) + R"(,"sign":")" + sign + "\"}";
  fields["sign"] = sign;
  return write_fields(voice.speaks.reply, fields);
}

bool is_our_success(const channel_voice& voice, field_map fields) {
  const bool is_amount = voice.speaks.reply_signs_member ? parse_money(fields["fee"], our_amount.currency) == our_amount
                                                         : fields["fee"] == std::to_string(our_amount.minor);
  return fields["return"] == "OK" && fields["result"] == "OK" && fields["error"].empty() && fields["no"] == "7z" &&
         is_amount;
}

/// True where the signed text might be read as other fields.
bool could_hide(const field_map& fields) {
  return std::any_of(fields.begin(), fields.end(), [](const auto& field) {
    return field.first.find_first_of("&=") != std::string::npos || field.second.find('&') != std::string::npos;
  });
}

/// Two neighbours in the signed text can be told as one field: the signature stays right, so nothing may hang on it.
void hide_each_in_its_neighbour(const channel_voice& voice, const field_map& fields, const std::string& sign,
                                reply_class whole) {
  for (auto hidden = fields.begin(); hidden != fields.end(); ++hidden) {
    if (hidden == fields.begin() || hidden->second.empty() || std::prev(hidden)->second.empty())
      continue;
    field_map fewer = fields;
    fewer[std::prev(hidden)->first] += "&" + hidden->first + "=" + hidden->second;
    fewer.erase(hidden->first);
    const auto what = read(voice, written(voice, fewer, {}, sign)).what;
    demand(what == whole || what == reply_class::unknown, "what is hidden in another field's text changes no outcome");
  }
}

void sign_and_change(const channel_voice& voice, std::string_view body) {
  auto fields = read_fields(voice.speaks.reply, body);
  if (!fields)
    return;
  const bool signs_member = voice.speaks.reply_signs_member;
  const auto& rule = voice.speaks.reply_signature;
  if (!signs_member)
    fields->erase(rule.field);
  const auto first = body.find_first_of('{');
  const auto member = signs_member ? body.substr(first, body.find_last_of('}') - first + 1) : std::string_view();
  auto signature = *sign(rule, voice.keys, signs_member ? member : signed_text(*fields, rule.field));
  const auto genuine = written(voice, *fields, member, signature);
  const auto found = read(voice, genuine);
  demand(found.what != reply_class::succeeded || is_our_success(voice, *fields), "only a success of ours is ours");
  if (auto again = read_fields(voice.speaks.reply, genuine); !signs_member && again && again->erase(rule.field))
    demand(*again != *fields || could_hide(*fields) || !found.alarm.starts_with("a reply's signature is wrong"),
           "what the bank signed is believed to be the bank's");
  if (!signs_member && fields->size() <= 16)
    hide_each_in_its_neighbour(voice, *fields, signature, found.what);
  if (signs_member)
    is_not_believed(voice, written(voice, {}, "{ " + std::string(member.substr(1)), signature),
                    "what was changed by a blank is the bank's no longer");
  else if (auto more = *fields; more.emplace("zz", "1").second)
    is_not_believed(voice, written(voice, more, {}, signature), "a field that was added is not the bank's");
  char& letter = signature[signature.size() / 2];
  letter = letter == 'A' ? 'B' : 'A';
  is_not_believed(voice, written(voice, *fields, member, signature), "a wrong signature proves nothing");
  is_not_believed(voice, written(voice, *fields, member, ""), "no signature proves nothing");
}

// --- notices ---

using told_or_not = tl::expected<told_by_channel, no_notice>;

told_or_not read_told(const channel_voice& voice, std::string_view body) {
  auto told = read_notice(voice, body);
  if (!told)
    return told;
  demand(told->code.size() <= limits::channel_code_bytes_max && is_printable(told->code), "a code can be recorded");
  demand(told->channel_ref.size() <= limits::channel_ref_bytes_max && is_printable(told->channel_ref),
         "a reference can be recorded");
  demand(told->what != reply_class::succeeded ||
             (told->amount.minor > 0 && told->amount.minor <= limits::amount_minor_max),
         "a payment is of an amount");
  return told;
}

bool is_success(const channel_voice& voice, field_map fields, const told_by_channel& told) {
  const auto& d = *voice.speaks.notice;
  const bool is_amount = d.amount.in_decimals ? parse_money(fields["fee"], told.amount.currency) == told.amount
                                              : std::stoll("0" + fields["fee"]) == told.amount.minor;
  return fields["return"] == "OK" && fields["result"] == "OK" && fields["error"].empty() && fields["app"] == "wx1" &&
         fields["pay"] == told.id.str() && is_amount;
}

void sign_and_change_notice(const channel_voice& voice, std::string_view body) {
  const auto& d = *voice.speaks.notice;
  auto fields = read_fields(d.body, body);
  if (!fields)
    return;
  fields->erase(d.signature.field);
  fields->erase("sign_type");
  const auto signature = *sign(d.signature, voice.keys, signed_text(*fields, d.signature.field));
  const auto written_with = [&](field_map other, const std::string& sign) {
    other[d.signature.field] = sign;
    return write_fields(d.body, other);
  };
  const auto told = read_told(voice, written_with(*fields, signature));
  demand(!told || told->what != reply_class::succeeded || is_success(voice, *fields, *told),
         "what was paid is what the bank signed");
  auto wrong = signature;
  wrong[wrong.size() / 2] = wrong[wrong.size() / 2] == 'A' ? 'B' : 'A';
  demand(!read_told(voice, written_with(*fields, wrong)), "a wrong signature proves nothing");
  demand(!read_told(voice, written_with(*fields, "")), "no signature proves nothing");
  if (auto more = *fields; more.emplace("zz", "1").second)
    demand(!read_told(voice, written_with(more, signature)), "a field that was added is not the bank's");
  if (auto more = *fields; more.emplace("sign_type", "&pay=8").second)
    demand(read_told(voice, written_with(more, signature)).has_value() == told.has_value(),
           "what no signature covers changes nothing");
  for (auto hidden = fields->begin(); fields->size() <= 16 && hidden != fields->end(); ++hidden) {
    if (hidden == fields->begin() || hidden->second.empty() || std::prev(hidden)->second.empty())
      continue;
    field_map fewer = *fields;
    fewer[std::prev(hidden)->first] += "&" + hidden->first + "=" + hidden->second;
    fewer.erase(hidden->first);
    const auto seen = read_told(voice, written_with(fewer, signature));
    demand(!seen || seen->what == reply_class::unknown ||
               (told && seen->what == told->what && seen->id == told->id &&
                (seen->what != reply_class::succeeded || seen->amount == told->amount)),
           "what is hidden in another field's text changes no notice");
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0)
    return 0;
  const auto& voice = voices[data[0] % voices.size()];
  const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
  is_not_believed(voice, body, "what comes unsigned, or signed by somebody else, proves nothing");
  demand(!read_reply(voice, our_payment(), 502, body).genuine, "an error page proves nothing");
  sign_and_change(voice, body);
  demand(!read_told(voice, body), "what comes unsigned, or signed by somebody else, tells nothing");
  sign_and_change_notice(voice, body);
  return 0;
}
