// A channel's interface as data (L1): how each question is put, how the answer is proven and read, and what each code
// means for the money. A new bank is a file of this, no release.
#pragma once

#include "actors/domain/dialect/message.hpp"
#include "actors/domain/dialect/signing.hpp"
#include "schema/input.hpp"
#include "schema/money.hpp"

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace oncepay {

/// What a channel can be asked. The answer is always read as the answer to what was asked (B6).
enum class channel_question : uint8_t { pay = 1, enquire, refund, enquire_refund, reverse, close };
inline constexpr std::array channel_questions{channel_question::pay,     channel_question::enquire,
                                              channel_question::refund,  channel_question::enquire_refund,
                                              channel_question::reverse, channel_question::close};
/// "pay", "enquire_refund": as dialect files call them.
std::string_view name(channel_question);

/// What each code of one operation means for the money; whoever writes "failed" into a table says that no money moved
/// and none will. A code is the values of the reply's code fields with `/` between them, without what is empty at its
/// end: "FAIL/NOTENOUGH", "SUCCESS//USERPAYING". "40002/*" stands for all that begin so and have no row of their own.
class code_table {
public:
  /// False where the code has a row already.
  bool add(std::string code, reply_class);
  /// What isn't in the table is unknown.
  reply_class of(std::string_view code) const;
  const std::map<std::string, reply_class, std::less<>>& rows() const { return rows_; }

private:
  std::map<std::string, reply_class, std::less<>> rows_;
};

/// One field of a request: a text with placeholders or, where it has members, a JSON object written as a text.
struct field_template {
  std::string name;
  std::string text;
  std::vector<field_template> members;
};

/// Where a reply tells an amount, and in which way.
struct amount_place {
  std::string field; ///< Empty: nowhere.
  bool in_decimals = false;
};

struct dialect_operation {
  std::string path;
  std::vector<field_template> fields;
  std::string reply_member;             ///< JSON: the member that holds the answer and is signed; empty: the whole.
  std::vector<field_template> must_be;  ///< Reply fields without whose value there is no answer ("return_code").
  std::vector<std::string> code_fields; ///< Whose values make the code.
  std::vector<field_template> echoes;   ///< Reply fields that repeat ours: different is no answer, and an alarm.
  amount_place amount;                  ///< Of what was asked; a success must name ours.
  std::string channel_ref_field;        ///< The channel's own number.
  std::string not_found_lacks;          ///< A reply field: where it is there, "not found" proves nothing. Empty: none.
  bool needs_certificate = false;       ///< Taken only over a connection that shows the client's certificate.
  code_table codes;
};

/// How the channel tells of its own accord what became of a payment, and what it wants to hear then.
struct notice_dialect {
  body_format body = body_format::form;
  signature_rule signature;
  std::vector<std::string> unsigned_fields; ///< That the signature leaves out beside its own; they aren't read.
  std::vector<field_template> must_be;      ///< Fields without whose value there is no notice.
  std::vector<field_template> echoes;       ///< Fields that name us, by settings: different is none of ours.
  std::string id_field;                     ///< The payment's id, which was ours.
  std::string order_field;                  ///< What `{order}` of the payment comes back in.
  amount_place amount;
  std::string currency_field; ///< Only where the dialect has no `only_currency`.
  std::string channel_ref_field;
  std::vector<std::string> code_fields;
  code_table codes;
  std::string taken;       ///< The very body that ends it.
  std::string again_later; ///< The body after which it is told again.
};

struct dialect {
  std::string name;
  body_format request = body_format::form;
  body_format reply = body_format::json;
  signature_rule request_signature;
  signature_rule reply_signature;
  /// The reply's signature covers `reply_member` as it stands, else the sorted fields.
  bool reply_signs_member = false;
  /// For dialects whose payments name no currency: what their amounts are in.
  std::optional<currency> only_currency;
  std::map<channel_question, dialect_operation> operations;
  std::optional<notice_dialect> notice; ///< None: what comes of its own accord isn't understood.
};

/// The value behind each placeholder a template may use, without the braces; settings are "set.NAME".
using placeholder_values = field_map;

/// True where the question can't be put without this placeholder's value ("payer_code").
bool asks_for(const dialect&, channel_question, std::string_view placeholder);

/// True of a field that only tells the channel where to tell of its own accord, and what to give back then: it is left
/// out where nobody listens for that.
bool is_for_notices(const field_template&);

/// Placeholders that every question fills; the rest come from the channel's settings.
bool is_known_placeholder(std::string_view name);

/// The names in a template's braces, in order; the error says what is wrong with it.
tl::expected<std::vector<std::string>, std::string> placeholders_in(std::string_view text);

/// The template with each placeholder replaced; the error names one that is empty or unknown.
tl::expected<std::string, std::string> fill(std::string_view text, const placeholder_values&);

} // namespace oncepay
