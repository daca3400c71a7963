// Bodies and signatures of channels: what is read, and that nothing hostile is.
#include "actors/domain/dialect/message.hpp"
#include "schema/limits.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace oncepay;

namespace {

field_map fields_of(body_format f, std::string_view body) {
  const auto fields = read_fields(f, body);
  REQUIRE_MESSAGE(fields, body);
  return *fields;
}

std::string fault_of(body_format f, std::string_view body) {
  const auto fields = read_fields(f, body);
  return fields ? "accepted" : fields.error();
}

std::string repeated(std::string_view text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i)
    all += text;
  return all;
}

} // namespace

TEST_CASE("an XML message is its root's children, nested ones by their path") {
  const auto fields =
      fields_of(body_format::xml,
                "<?xml version=\"1.0\"?>\n<xml><a><![CDATA[1 < 2]]></a> <b>x &amp; y</b><c><d>deep</d></c><e/></xml>");
  CHECK(fields == field_map{{"a", "1 < 2"}, {"b", "x & y"}, {"c/d", "deep"}, {"e", ""}});
}

TEST_CASE("a JSON message's numbers stay as they were written, so that no amount passes through floating point") {
  const auto fields =
      fields_of(body_format::json, R"({"amount": 0.10, "n": 12, "t": "\u4e2d", "o": {"x": [true, null]}})");
  CHECK(fields == field_map{{"amount", "0.10"}, {"n", "12"}, {"t", "\xe4\xb8\xad"}, {"o/x/0", "true"}, {"o/x/1", ""}});
}

TEST_CASE("a form's fields are unescaped") {
  CHECK(fields_of(body_format::form, "a=1+2&b=%E4%B8%AD%26&c=") ==
        field_map{{"a", "1 2"}, {"b", "\xe4\xb8\xad&"}, {"c", ""}});
}

TEST_CASE("a document type is refused, so that no external entity is ever looked at") {
  const auto fault = fault_of(body_format::xml, "<!DOCTYPE xml [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>"
                                                "<xml><return_code>&x;</return_code></xml>");
  CHECK(fault.find("document type") != std::string::npos);
}

TEST_CASE("a field given twice is refused: two readers could each take a different one") {
  CHECK(fault_of(body_format::xml, "<xml><fee>1</fee><fee>100</fee></xml>") == "a field is given twice");
  CHECK(fault_of(body_format::json, R"({"fee":"1","fee":"100"})") == "a field is given twice");
  CHECK(fault_of(body_format::form, "fee=1&fee=100") == "a field of the form is given twice");
}

TEST_CASE("what is too long, too deep or too much is refused") {
  const auto bytes = static_cast<int>(limits::message_bytes_max);
  for (const auto f : {body_format::xml, body_format::json, body_format::form})
    CHECK(fault_of(f, repeated("x", bytes + 1)).find("longer than") != std::string::npos);
  CHECK(fault_of(body_format::xml, repeated("<a>", 5'000) + repeated("</a>", 5'000)) == "nested too deeply");
  CHECK(fault_of(body_format::json, R"({"a":)" + repeated("[", 20'000) + repeated("]", 20'000) + "}") ==
        "nested too deeply");
  std::string form;
  for (size_t i = 0; i <= limits::message_fields_max; ++i)
    form += (i == 0 ? "" : "&") + std::string("f") + std::to_string(i) + "=1";
  CHECK(fault_of(body_format::form, form) == "too many fields");
}

TEST_CASE("what is no message is refused") {
  for (const char* body : {"", "<", "<xml><a></xml>", "<html><body>502 Bad Gateway"})
    CHECK(fault_of(body_format::xml, body) != "accepted");
  for (const char* body : {"", "{", "[]", "1", "{\"a\":}", "<html>"})
    CHECK(fault_of(body_format::json, body) != "accepted");
  for (const char* body : {"a", "a=%4", "a=%zz", "a=1&&b=2"})
    CHECK(fault_of(body_format::form, body) != "accepted");
}

TEST_CASE("what is written is read again the same") {
  CHECK(rc::check([](const std::map<std::string, std::string>& raw) {
    field_map fields;
    for (const auto& [key, value] : raw) {
      std::string text;
      for (const char c : value)
        if (c >= ' ' && c <= '~')
          text += c;
      // Blanks around a text aren't kept in XML.
      fields["f" + std::to_string(key.size())] = "x" + text + "x";
    }
    for (const auto f : {body_format::xml, body_format::json, body_format::form}) {
      const auto again = read_fields(f, write_fields(f, fields));
      RC_ASSERT(again);
      RC_ASSERT(*again == fields);
    }
  }));
}

TEST_CASE("any bytes are read or refused, never worse") {
  CHECK(rc::check([](const std::string& bytes) {
    for (const auto f : {body_format::xml, body_format::json, body_format::form})
      (void)read_fields(f, bytes);
    (void)raw_json_member(bytes, "a");
    RC_ASSERT(true);
  }));
}

TEST_CASE("a member's own text is found as it stands, whatever is in texts around it") {
  constexpr std::string_view body = R"({ "x": "\"answer\":{", "answer" : {"a":"}\\","b":[1,{"c":2}]} , "sign":"s"})";
  CHECK(raw_json_member(body, "answer") == R"({"a":"}\\","b":[1,{"c":2}]})");
  CHECK(raw_json_member(body, "sign") == "\"s\"");
  CHECK(raw_json_member(body, "a").empty());
  CHECK(raw_json_member(R"({"a":1,"a":2})", "a").empty());
}

TEST_CASE("signatures with a shared key are those of the interface's own documentation") {
  const field_map fields{
      {"appid", "wxd930ea5d5a258f4f"},   {"mch_id", "10000100"}, {"device_info", "1000"}, {"body", "test"},
      {"nonce_str", "ibuaiVcKdpRxkhJA"}, {"empty", ""},          {"sign", "not covered"}};
  const signing_keys keys{"192006250b4c09247ec02edce69f6a2d", {}, {}};
  const auto text = signed_text(fields, "sign");
  CHECK(text == "appid=wxd930ea5d5a258f4f&body=test&device_info=1000&mch_id=10000100&nonce_str=ibuaiVcKdpRxkhJA");
  CHECK(sign({signing::md5, "sign", "&key="}, keys, text) == "9A0A8659F005D6984697E2CA0A9CF3B7");
  CHECK(sign({signing::hmac_sha256, "sign", "&key="}, keys, text) ==
        "6A9AE1657590FD6257D693A078E1C3E4BB6BA4DC30B23E0EE2496E54170DACD6");
}

TEST_CASE("a signature that isn't exactly right, or a missing key, verifies nothing") {
  const signature_rule rule{signing::hmac_sha256, "sign", "&key="};
  const signing_keys keys{"secret", {}, {}};
  const auto right = *sign(rule, keys, "a=1");
  CHECK(verify(rule, keys, "a=1", right));
  CHECK_FALSE(verify(rule, keys, "a=2", right));
  CHECK_FALSE(verify(rule, keys, "a=1", ""));
  CHECK_FALSE(verify(rule, keys, "a=1", right.substr(1)));
  CHECK_FALSE(verify(rule, signing_keys{"other", {}, {}}, "a=1", right));
  CHECK_FALSE(verify(rule, signing_keys{}, "a=1", *sign(rule, keys, "a=1")));
  CHECK_FALSE(sign(rule, signing_keys{}, "a=1"));
  CHECK_FALSE(verify({signing::rsa_sha256, "sign", ""}, signing_keys{}, "a=1", right));
}
