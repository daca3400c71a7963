#include "cli/dialect/dialect_file.hpp"

#include "actors/domain/dialect/notice.hpp"
#include "cli/config/table.hpp"
#include "cli/config/toml_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace oncepay::cli {

namespace {

bool is_dialect_name(std::string_view text) {
  return !text.empty() && text.size() <= 32 &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string_view::npos;
}

/// A name as XML elements, form fields and JSON members all allow it.
bool is_field_name(std::string_view text) {
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
  return !text.empty() && letters.find(text.front()) != std::string_view::npos &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789.-") ==
             std::string_view::npos;
}

/// Reads one of the words; what it stands for is the position's.
template <class Value, size_t N>
void read_word(config_table& table, std::string_view key, const std::pair<std::string_view, Value> (&words)[N],
               Value& to) {
  std::string text;
  table.read(key, text);
  if (text.empty())
    return;
  std::string known;
  for (const auto& [word, value] : words) {
    if (word == text) {
      to = value;
      return;
    }
    known += (known.empty() ? "" : ", ") + std::string(word);
  }
  table.mistake(key, fmt::format("'{}' isn't one of {}", text, known));
}

constexpr std::pair<std::string_view, body_format> formats[] = {
    {"xml", body_format::xml}, {"json", body_format::json}, {"form", body_format::form}};
constexpr std::pair<std::string_view, signing> signings[] = {{"none", signing::none},
                                                             {"md5", signing::md5},
                                                             {"hmac-sha256", signing::hmac_sha256},
                                                             {"rsa-sha256", signing::rsa_sha256}};
constexpr std::pair<std::string_view, bool> covers[] = {{"fields", false}, {"member", true}};

void read_signature(config_table& table, signature_rule& rule, bool* signs_member) {
  table.require("how", "none, md5, hmac-sha256 or rsa-sha256");
  read_word(table, "how", signings, rule.how);
  table.read("field", rule.field);
  table.read("key_prefix", rule.key_prefix);
  if (signs_member != nullptr)
    read_word(table, "over", covers, *signs_member);
  if (rule.how != signing::none && rule.field.empty())
    table.mistake("field", "missing: the field that carries the signature");
  if (rule.how == signing::md5 && rule.key_prefix.empty())
    table.mistake("key_prefix", "missing: without the key behind the text anybody could sign");
  if (rule.how == signing::rsa_sha256 && !rule.key_prefix.empty())
    table.mistake("key_prefix", "is for shared keys only");
}

void check_template(config_table& table, std::string_view key, const std::string& text) {
  const auto names = placeholders_in(text);
  if (!names)
    return table.mistake(key, names.error());
  for (const std::string& name : *names)
    if (!is_known_placeholder(name))
      table.mistake(key, fmt::format("there is no placeholder {{{}}}", name));
}

/// Templates by name; where `may_nest`, tables in place of texts as well.
std::vector<field_template> read_templates(config_table& table, bool may_nest) {
  std::vector<field_template> templates;
  for (const std::string_view key : table.keys()) {
    field_template t{std::string(key), {}, {}};
    if (!is_field_name(key))
      table.mistake(key, "isn't a field's name");
    if (may_nest && table.holds_table(key)) {
      table.read_table(key, [&](config_table& members) { t.members = read_templates(members, false); });
    } else {
      table.read(key, t.text);
      check_template(table, key, t.text);
    }
    templates.push_back(std::move(t));
  }
  return templates;
}

struct common_parts {
  std::vector<field_template> fields;
  std::vector<field_template> must_be;
  std::vector<field_template> echoes;
  code_table codes;
};

constexpr std::array meanings{reply_class::succeeded, reply_class::failed_try_another, reply_class::failed_final,
                              reply_class::unknown,   reply_class::not_found,          reply_class::payer_confirming};

void read_codes(config_table& table, code_table& codes) {
  for (const reply_class m : meanings)
    table.read_texts(name(m), [&](const std::string& code, uint32_t line) {
      if (code.empty() || code.find_first_of(" \t\r\n") != std::string::npos)
        table.mistake_at(line, name(m), "a code is empty or has a blank");
      else if (m == reply_class::succeeded && code.find('*') != std::string::npos)
        table.mistake_at(line, name(m), fmt::format("'{}': every success is written out", code));
      else if (code.find('*') != std::string::npos && (!code.ends_with("/*") || code.find('*') + 1 != code.size()))
        table.mistake_at(line, name(m), fmt::format("'{}': a star stands only behind the last slash", code));
      else if (!codes.add(code, m))
        table.mistake_at(line, name(m), fmt::format("'{}' has a row already: a code means one thing", code));
    });
}

void read_amount(config_table& table, amount_place& amount) {
  table.require("field", "the reply's field that holds the amount");
  table.read("field", amount.field);
  table.read("decimals", amount.in_decimals);
}

/// What an operation says itself goes first.
void add_common(const common_parts& common, dialect_operation& operation) {
  const auto add = [](std::vector<field_template>& to, const std::vector<field_template>& from) {
    for (const field_template& t : from)
      if (std::none_of(to.begin(), to.end(), [&](const field_template& own) { return own.name == t.name; }))
        to.push_back(t);
  };
  add(operation.fields, common.fields);
  add(operation.must_be, common.must_be);
  add(operation.echoes, common.echoes);
  for (const auto& [code, what] : common.codes.rows())
    operation.codes.add(code, what);
}

bool echoes_its_id(const dialect_operation& operation) {
  return std::any_of(operation.echoes.begin(), operation.echoes.end(),
                     [](const field_template& echo) { return echo.text == "{id}" || echo.text == "{payment_id}"; });
}

dialect_operation read_operation(config_table& table, channel_question asked, const dialect& d,
                                 const common_parts& common) {
  dialect_operation operation;
  table.require("path", "where it is sent");
  table.require("code", "the reply's fields that make the code");
  table.require("codes", "what each code means for the money");
  table.read("path", operation.path);
  if (!operation.path.empty() &&
      (operation.path.front() != '/' || operation.path.find_first_of(" \r\n") != std::string::npos))
    table.mistake("path", "must begin with a slash and have no blanks");
  table.read("needs_certificate", operation.needs_certificate);
  table.read("reply_member", operation.reply_member);
  if (d.reply_signs_member && operation.reply_member.empty())
    table.mistake("reply_member", "missing: the member that the reply's signature covers");
  if (!d.reply_signs_member && !operation.reply_member.empty())
    table.mistake("reply_member", "is read only where reply_signature.over is 'member'");
  table.read("channel_ref", operation.channel_ref_field);
  table.read("not_found_lacks", operation.not_found_lacks);
  table.read_texts("code", [&](const std::string& field, uint32_t) { operation.code_fields.push_back(field); });
  table.read_table("fields", [&](config_table& fields) { operation.fields = read_templates(fields, true); });
  table.read_table("reply_must_be", [&](config_table& gates) { operation.must_be = read_templates(gates, false); });
  table.read_table("reply_echoes", [&](config_table& echoes) { operation.echoes = read_templates(echoes, false); });
  table.read_table("reply_amount", [&](config_table& amount) { read_amount(amount, operation.amount); });
  table.read_table("codes", [&](config_table& codes) { read_codes(codes, operation.codes); });
  add_common(common, operation);
  for (const auto& [code, what] : operation.codes.rows())
    if (const size_t parts = static_cast<size_t>(std::count(code.begin(), code.end(), '/')) + 1;
        table.has("code") && parts > operation.code_fields.size())
      table.mistake("codes",
                    fmt::format("'{}' has {} parts, but a code has {}", code, parts, operation.code_fields.size()));
  // Else a success of somebody else's order could be taken for ours.
  if (asked == channel_question::pay || asked == channel_question::enquire) {
    if (!echoes_its_id(operation))
      table.mistake("reply_echoes", "must name the field that repeats our id: it proves whose payment is told of");
    if (!table.has("reply_amount"))
      table.mistake("reply_amount", "missing: a success must name the amount that was paid");
  }
  return operation;
}

bool is_shared(signing how) {
  return how == signing::md5 || how == signing::hmac_sha256;
}

/// Anybody may write to where notices come: what they are signed with, and which fields are read, decides what is
/// believed.
void read_notice_signature(config_table& table, const dialect& d, notice_dialect& notice) {
  read_signature(table, notice.signature, nullptr);
  table.read_texts("leaves_out", [&](const std::string& field, uint32_t) { notice.unsigned_fields.push_back(field); });
  const signing how = notice.signature.how;
  if (how == signing::none)
    table.mistake_unless_known("how", "must not be none: whoever knows the address could write that he has paid");
  else if (how != d.reply_signature.how && !(is_shared(how) && is_shared(d.reply_signature.how)))
    table.mistake("how", "must need the same key as reply_signature: a channel has no other one");
}

/// Whom it names is compared before anything is asked, so only settings are known.
void check_notice_echoes(config_table& table, const notice_dialect& notice) {
  for (const field_template& echo : notice.echoes)
    if (const auto names = placeholders_in(echo.text))
      for (const std::string& name : *names)
        if (!name.starts_with("set."))
          table.mistake("echoes", fmt::format("{}: only settings are known of a notice, not {{{}}}", echo.name, name));
}

void check_notice_codes(config_table& table, const notice_dialect& notice) {
  for (const auto& [code, what] : notice.codes.rows()) {
    if (what == reply_class::not_found)
      table.mistake("codes", fmt::format("'{}': a notice can't tell that it finds nothing", code));
    if (static_cast<size_t>(std::count(code.begin(), code.end(), '/')) + 1 > notice.code_fields.size())
      table.mistake("codes", fmt::format("'{}' has more parts than a code has", code));
  }
}

/// What isn't covered by the signature must not mean anything.
void check_unsigned_fields(config_table& table, const notice_dialect& d) {
  const auto read = fields_read(d);
  for (const std::string& name : d.unsigned_fields)
    if (std::find(read.begin(), read.end(), name) != read.end())
      table.mistake("signature", fmt::format("leaves_out: {} is read, so the signature must cover it", name));
}

notice_dialect read_notice(config_table& table, const dialect& d) {
  notice_dialect notice;
  table.require("body", "xml, json or form");
  table.require("signature", "how it is proven to be the channel's");
  table.require("id", "the field that holds our payment's id");
  table.require("order", "the field in which {order} of the payment comes back");
  table.require("amount", "a success must name the amount that was paid");
  table.require("code", "the fields that make the code");
  table.require("codes", "what each code means for the money");
  table.require("taken", "the body that ends a notice");
  table.require("again_later", "the body after which it is told again");
  read_word(table, "body", formats, notice.body);
  table.read_table("signature", [&](config_table& signature) { read_notice_signature(signature, d, notice); });
  table.read("id", notice.id_field);
  table.read("order", notice.order_field);
  table.read("currency", notice.currency_field);
  table.read("channel_ref", notice.channel_ref_field);
  table.read("taken", notice.taken);
  table.read("again_later", notice.again_later);
  table.read_texts("code", [&](const std::string& field, uint32_t) { notice.code_fields.push_back(field); });
  table.read_table("amount", [&](config_table& amount) { read_amount(amount, notice.amount); });
  table.read_table("must_be", [&](config_table& gates) { notice.must_be = read_templates(gates, false); });
  table.read_table("echoes", [&](config_table& echoes) { notice.echoes = read_templates(echoes, false); });
  table.read_table("codes", [&](config_table& codes) { read_codes(codes, notice.codes); });
  check_notice_echoes(table, notice);
  check_notice_codes(table, notice);
  check_unsigned_fields(table, notice);
  if (!notice.taken.empty() && notice.taken == notice.again_later)
    table.mistake("again_later", "is what `taken` says: nothing would ever be told again");
  return notice;
}

/// A channel that is told where to tell must be understood, and what it tells must find back.
void check_notices(config_table& file, const dialect& d) {
  const bool told_where = asks_for(d, channel_question::pay, "notices_url");
  const bool told_whose = asks_for(d, channel_question::pay, "order");
  if (!d.notice && (told_where || told_whose))
    file.mistake("pay", "asks the channel to tell of its own accord, and no [notice] says how that is read");
  if (d.notice && !told_whose)
    file.mistake("notice", "no field of [pay] has {order}: a notice wouldn't find the order it is about");
  if (d.notice && d.only_currency && !d.notice->currency_field.empty())
    file.mistake("notice", "currency is for dialects whose payments name theirs");
  if (d.notice && !d.only_currency && d.notice->currency_field.empty())
    file.mistake("notice", "currency is missing: the field that says what its amount is in");
}

/// Else a hundred dollars would be charged as a hundred of whatever the channel takes.
void read_currency(config_table& file, dialect& d) {
  std::string alpha;
  file.read("currency", alpha);
  const bool tells_it = asks_for(d, channel_question::pay, "currency");
  if (!file.has("currency")) {
    if (!tells_it && d.operations.contains(channel_question::pay))
      file.mistake("currency", "missing: no field of [pay] has {currency}, so what are the amounts in?");
    return;
  }
  if (const auto parsed = parse_currency(alpha); !parsed)
    file.mistake_unless_known("currency", fmt::format("'{}' isn't an ISO 4217 code known here", alpha));
  else if (tells_it)
    file.mistake("currency", "is for dialects whose payments name none, and a field of [pay] has {currency}");
  else
    d.only_currency = *parsed;
}

void read_dialect(config_table& file, dialect& d) {
  file.require("name", "what it is called");
  file.require("request", "xml, json or form");
  file.require("reply", "xml, json or form");
  file.require("request_signature", "how requests are signed");
  file.require("reply_signature", "how replies are verified");
  file.require("pay", "how a payment is asked for");
  file.require("enquire", "without it an attempt in doubt would stay so");
  file.read("name", d.name);
  if (file.has("name") && !is_dialect_name(d.name))
    file.mistake_unless_known("name", fmt::format("'{}' isn't of the form [a-z0-9-]{{1,32}}", d.name));
  read_word(file, "request", formats, d.request);
  read_word(file, "reply", formats, d.reply);
  file.read_table("request_signature",
                  [&](config_table& table) { read_signature(table, d.request_signature, nullptr); });
  file.read_table("reply_signature",
                  [&](config_table& table) { read_signature(table, d.reply_signature, &d.reply_signs_member); });
  if (d.reply_signs_member && d.reply != body_format::json)
    file.mistake("reply_signature", "over = \"member\" is for JSON replies");
  common_parts common;
  file.read_table("common", [&](config_table& table) {
    table.read_table("fields", [&](config_table& fields) { common.fields = read_templates(fields, true); });
    table.read_table("reply_must_be", [&](config_table& gates) { common.must_be = read_templates(gates, false); });
    table.read_table("reply_echoes", [&](config_table& echoes) { common.echoes = read_templates(echoes, false); });
    table.read_table("codes", [&](config_table& codes) { read_codes(codes, common.codes); });
  });
  for (const channel_question q : channel_questions)
    file.read_table(name(q),
                    [&](config_table& table) { d.operations.emplace(q, read_operation(table, q, d, common)); });
  file.read_table("notice", [&](config_table& table) { d.notice = read_notice(table, d); });
  read_currency(file, d);
  check_notices(file, d);
  file.finish();
}

void gather_settings(const std::vector<field_template>& templates, std::set<std::string>& settings) {
  for (const field_template& t : templates) {
    gather_settings(t.members, settings);
    if (const auto names = placeholders_in(t.text))
      for (const std::string& name : *names)
        if (name.starts_with("set."))
          settings.insert(name.substr(4));
  }
}

} // namespace

tl::expected<dialect, config_mistakes> parse_dialect(std::string_view text, std::string_view file) {
  const auto parsed = parse_toml(text, file);
  if (!parsed)
    return tl::unexpected(parsed.error());
  mistake_list mistakes;
  dialect d;
  config_table root(*parsed, "", mistakes);
  read_dialect(root, d);
  if (!mistakes.empty())
    return tl::unexpected(mistakes.render(file));
  return d;
}

tl::expected<dialect, config_mistakes> load_dialect(const std::string& name_or_file) {
  if (const auto shipped = shipped_dialect_text(name_or_file); !shipped.empty())
    return parse_dialect(shipped, name_or_file);
  if (!name_or_file.ends_with(".toml"))
    return tl::unexpected(
        config_mistakes{fmt::format("there is no dialect '{}'; there are {}, or name a file that ends "
                                    "in .toml",
                                    name_or_file, fmt::join(shipped_dialects(), " and "))});
  const auto text = read_whole_file(name_or_file);
  if (!text)
    return tl::unexpected(text.error());
  return parse_dialect(*text, name_or_file);
}

std::set<std::string> settings_of(const dialect& d) {
  std::set<std::string> settings;
  for (const auto& [question, operation] : d.operations) {
    gather_settings(operation.fields, settings);
    gather_settings(operation.echoes, settings);
  }
  if (d.notice)
    gather_settings(d.notice->echoes, settings);
  return settings;
}

} // namespace oncepay::cli
