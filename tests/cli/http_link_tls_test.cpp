// The same link behind TLS: who is believed to be the channel, and what one connection can hide from the next request.
#include "cli/server/tls.hpp"
#include "tests/cli/scripted_channel.hpp"

#include <boost/asio/ssl.hpp>

#include <netinet/tcp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

using namespace oncepay;
using namespace oncepay::cli;
using namespace oncepay::test;

namespace {

struct certificate {
  std::string key;
  std::string pem;
};

/// Self-signed, for this name.
certificate certificate_for(const std::string& name) {
  const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key(EVP_RSA_gen(2048), EVP_PKEY_free);
  const std::unique_ptr<X509, void (*)(X509*)> x(X509_new(), X509_free);
  X509_set_version(x.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(x.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(x.get()), -3'600);
  X509_gmtime_adj(X509_getm_notAfter(x.get()), 86'400);
  X509_set_pubkey(x.get(), key.get());
  const std::string common = "oncepay test";
  X509_NAME_add_entry_by_txt(X509_get_subject_name(x.get()), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(common.c_str()), -1, -1, 0);
  X509_set_issuer_name(x.get(), X509_get_subject_name(x.get()));
  const std::string names = "DNS:" + name;
  const std::unique_ptr<X509_EXTENSION, void (*)(X509_EXTENSION*)> alt(
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str()), X509_EXTENSION_free);
  X509_add_ext(x.get(), alt.get(), -1);
  X509_sign(x.get(), key.get(), EVP_sha256());
  const auto text_of = [](auto write) {
    const std::unique_ptr<BIO, int (*)(BIO*)> out(BIO_new(BIO_s_mem()), BIO_free);
    write(out.get());
    char* text = nullptr;
    const long size = BIO_get_mem_data(out.get(), &text);
    return std::string(text, static_cast<size_t>(size));
  };
  return {text_of([&](BIO* b) { PEM_write_bio_PrivateKey(b, key.get(), nullptr, nullptr, 0, nullptr, nullptr); }),
          text_of([&](BIO* b) { PEM_write_bio_X509(b, x.get()); })};
}

using tls_stream = asio::ssl::stream<tcp::socket&>;

/// A channel behind TLS, which then does this.
socket_deed behind_tls(const certificate& c, std::function<void(tls_stream&)> then) {
  return [c, then = std::move(then)](tcp::socket& s) {
    asio::ssl::context context(asio::ssl::context::tls_server);
    context.use_certificate(asio::buffer(c.pem), asio::ssl::context::pem);
    context.use_private_key(asio::buffer(c.key), asio::ssl::context::pem);
    tls_stream stream(s, context);
    stream.handshake(asio::ssl::stream_base::server);
    then(stream);
    listen_to_the_end(s);
  };
}

/// What it was sent is put into `heard_of`.
socket_deed behind_tls(const certificate& c, std::string& heard_of) {
  return behind_tls(c, [&heard_of](tls_stream& stream) {
    heard_of = heard(stream);
    say(stream, reply("through TLS"));
  });
}

} // namespace

TEST_CASE("Loss prevented: somebody in between is taken for the channel") {
  const auto ours = certificate_for("localhost");
  const auto another_name = certificate_for("bank.example");
  const auto unknown = certificate_for("localhost");
  const auto outcome = [&](const certificate& shown, std::string& heard_of) {
    scripted_channel channel({behind_tls(shown, heard_of)});
    outbound ways_out;
    auto link = ways_out.open({{true, "localhost", channel.port(), ""}, ours.pem + another_name.pem, 1});
    REQUIRE(link);
    auto a = carry(*link).get();
    ways_out.stop();
    return a;
  };
  std::string heard_of;
  const auto genuine = outcome(ours, heard_of);
  CHECK(genuine.fate == link_fate::replied);
  CHECK(genuine.body == "through TLS");
  for (const auto* wrong : {&another_name, &unknown}) {
    heard_of.clear();
    CHECK(outcome(*wrong, heard_of).fate == link_fate::never_left);
    CHECK(heard_of.empty());
  }
}

TEST_CASE("an unasked second reply isn't taken for the next request's, also where it was read along with the first") {
  const auto ours = certificate_for("localhost");
  const socket_deed chatty = behind_tls(ours, [](tls_stream& stream) {
    heard(stream);
    // Two records that come in one piece.
    const auto cork = [&](int on) {
      REQUIRE(::setsockopt(stream.next_layer().native_handle(), IPPROTO_TCP, TCP_CORK, &on, sizeof on) == 0);
    };
    cork(1);
    say(stream, reply("mine"));
    say(stream, reply("somebody-elses"));
    cork(0);
  });
  std::string heard_of;
  scripted_channel channel({chatty, behind_tls(ours, heard_of)});
  outbound ways_out;
  auto link = ways_out.open({{true, "localhost", channel.port(), ""}, ours.pem, 1});
  REQUIRE(link);
  CHECK(carry(*link).get().body == "mine");
  CHECK(carry(*link).get().body == "through TLS");
  ways_out.stop();
}

TEST_CASE("behind TLS too one connection serves one request after another") {
  const auto ours = certificate_for("localhost");
  const socket_deed twice = behind_tls(ours, [](tls_stream& stream) {
    for (const char* body : {"one", "two"}) {
      heard(stream);
      say(stream, reply(body));
    }
  });
  scripted_channel channel({twice});
  outbound ways_out;
  auto link = ways_out.open({{true, "localhost", channel.port(), ""}, ours.pem, 1});
  REQUIRE(link);
  CHECK(carry(*link).get().body == "one");
  CHECK(carry(*link).get().body == "two");
  ways_out.stop();
  CHECK(channel.connections() == 1);
}

TEST_CASE("a channel that asks who we are is shown our certificate, and without one answers nothing") {
  const auto theirs = certificate_for("localhost");
  const auto ours = certificate_for("merchant.example");
  const auto outcome = [&](const tls_identity& shown) {
    scripted_channel channel({[&](tcp::socket& s) {
      asio::ssl::context context(asio::ssl::context::tls_server);
      context.use_certificate(asio::buffer(theirs.pem), asio::ssl::context::pem);
      context.use_private_key(asio::buffer(theirs.key), asio::ssl::context::pem);
      context.set_verify_mode(asio::ssl::verify_peer | asio::ssl::verify_fail_if_no_peer_cert);
      context.add_certificate_authority(asio::buffer(ours.pem));
      asio::ssl::stream<tcp::socket&> stream(s, context);
      boost::system::error_code refused;
      stream.handshake(asio::ssl::stream_base::server, refused);
      if (refused)
        return;
      heard(stream);
      say(stream, reply("known"));
      listen_to_the_end(s);
    }});
    outbound ways_out;
    auto link = ways_out.open({{true, "localhost", channel.port(), ""}, theirs.pem, 1, shown});
    REQUIRE(link);
    auto a = carry(*link).get();
    ways_out.stop();
    return a;
  };
  CHECK(outcome({ours.pem, ours.key}).body == "known");
  CHECK(outcome({}).fate != link_fate::replied);
}

TEST_CASE("a certificate that doesn't go with its key is told, and the key isn't") {
  const auto a = certificate_for("a");
  const auto b = certificate_for("b");
  CHECK(fault_in_identity({a.pem, a.key}).empty());
  for (const tls_identity& wrong :
       {tls_identity{a.pem, b.key}, tls_identity{"no PEM", a.key}, tls_identity{a.pem, ""}}) {
    const auto fault = fault_in_identity(wrong);
    CHECK_FALSE(fault.empty());
    CHECK(fault.find("PRIVATE") == std::string::npos);
  }
}

TEST_CASE("Loss prevented: a channel that answers TLS with plain text is spoken to in plain text") {
  std::string heard_of;
  scripted_channel channel({[&](tcp::socket& s) {
    char bytes[64];
    s.read_some(asio::buffer(bytes));
    say(s, reply("trust me"));
  }});
  outbound ways_out;
  auto link = ways_out.open({{true, "127.0.0.1", channel.port(), ""}, {}, 1});
  REQUIRE(link);
  CHECK(carry(*link).get().fate == link_fate::never_left);
}

TEST_CASE("certificate authorities that can't be read are told") {
  CHECK_FALSE(fault_in_authorities("").empty());
  CHECK_FALSE(fault_in_authorities("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").empty());
  const auto a = certificate_for("a").pem;
  CHECK(fault_in_authorities(a + certificate_for("b").pem).empty());
}
