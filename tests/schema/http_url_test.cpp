#include "schema/http_url.hpp"

#include <doctest/doctest.h>

using namespace oncepay;

TEST_CASE("a URL is taken apart into what a connection and a request need") {
  CHECK(http_url::parse("https://api.example.com") == http_url{true, "api.example.com", 443, ""});
  CHECK(http_url::parse("https://api.example.com:8443/v2/x") == http_url{true, "api.example.com", 8443, "/v2/x"});
  CHECK(http_url::parse("https://[2001:db8::1]") == http_url{true, "2001:db8::1", 443, ""});
  CHECK(http_url::parse("http://127.0.0.1:7500") == http_url{false, "127.0.0.1", 7500, ""});
  CHECK(http_url::parse("http://localhost") == http_url{false, "localhost", 80, ""});
  CHECK(http_url::parse("https://h:443")->host_field() == "h");
  CHECK(http_url::parse("https://h:80")->host_field() == "h:80");
  CHECK(http_url::parse("http://[::1]:7500")->host_field() == "[::1]:7500");
}

TEST_CASE("what could send a payment astray is no URL") {
  for (const char* text : {"",
                           "https://",
                           "https:///path",
                           "ftp://h",
                           "h",
                           "https://h:0",
                           "https://h:65536",
                           "https://h:",
                           "https://h:8x",
                           "https://user@h",
                           "https://h/",
                           "https://h/a b",
                           "https://h/a?b",
                           "https://h#f",
                           "https://[::1",
                           "https://::1",
                           "https://h\r\nX: y",
                           "https://-h",
                           "https://[h]",
                           "HTTPS://h"})
    CHECK_MESSAGE(!http_url::parse(text), text);
  CHECK_FALSE(http_url::parse("https://h/" + std::string(300, 'a')));
}

TEST_CASE("without TLS nobody but this machine is spoken to") {
  for (const char* text :
       {"http://api.example.com", "http://127.evil.example", "http://10.0.0.1", "http://localhost.evil"})
    CHECK_MESSAGE(!http_url::parse(text), text);
}
