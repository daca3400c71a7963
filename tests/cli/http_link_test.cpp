// The link over real sockets: what is proven about a request whose connection fails at each step. The channel here is a
// thread that does as it is told with one connection after the other.
#include "cli/server/http_link.hpp"

#include "cli/server/tls.hpp"
#include "schema/limits.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>

#include <doctest/doctest.h>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <functional>
#include <future>
#include <string>
#include <thread>
#include <vector>

using namespace oncepay;
using namespace oncepay::cli;
namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

using socket_deed = std::function<void(tcp::socket&)>;

/// A channel: each connection gets the next deed; then nobody listens any more.
class scripted_channel {
public:
  explicit scripted_channel(std::vector<socket_deed> deeds)
      : acceptor_(io_, {asio::ip::address_v4::loopback(), 0}), listening_(acceptor_.native_handle()),
        port_(acceptor_.local_endpoint().port()), thread_([this, deeds = std::move(deeds)] {
          for (const socket_deed& deed : deeds) {
            tcp::socket peer(io_);
            boost::system::error_code failed;
            acceptor_.accept(peer, failed);
            if (failed)
              return;
            ++connections_;
            try {
              deed(peer);
            } catch (const boost::system::system_error&) {
              // the other side has gone: it has seen enough
            }
          }
          ::shutdown(listening_, SHUT_RDWR);
        }) {}
  ~scripted_channel() {
    ::shutdown(listening_, SHUT_RDWR); // whoever still waits for a connection waits no longer
    thread_.join();
  }
  scripted_channel(const scripted_channel&) = delete;
  scripted_channel& operator=(const scripted_channel&) = delete;

  uint16_t port() const { return port_; }
  int connections() const { return connections_; }

private:
  asio::io_context io_;
  tcp::acceptor acceptor_;
  const int listening_;
  const uint16_t port_;
  std::atomic<int> connections_{0};
  std::thread thread_;
};

/// One whole request, headers and body.
template <class Stream>
std::string heard(Stream& stream) {
  asio::streambuf buffer;
  const size_t head = asio::read_until(stream, buffer, "\r\n\r\n");
  const auto text = [&] {
    return std::string(asio::buffers_begin(buffer.data()), asio::buffers_end(buffer.data()));
  };
  const auto at = text().find("Content-Length: ");
  const size_t length = at == std::string::npos ? 0 : std::stoul(text().substr(at + 16));
  if (buffer.size() < head + length)
    asio::read(stream, buffer, asio::transfer_exactly(head + length - buffer.size()));
  return text();
}

template <class Stream>
void say(Stream& stream, const std::string& text) {
  asio::write(stream, asio::buffer(text));
}

std::string reply(const std::string& body, const std::string& status = "200 OK", const std::string& more = "") {
  return "HTTP/1.1 " + status + "\r\n" + more + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

/// Until the other side closes.
void listen_to_the_end(tcp::socket& s) {
  char byte = 0;
  boost::system::error_code ended;
  while (!ended)
    s.read_some(asio::buffer(&byte, 1), ended);
}

channel_link_ptr link_to(outbound& ways_out, uint16_t port, size_t connections_max = 4) {
  auto link = ways_out.open({{false, "127.0.0.1", port, "/v1"}, {}, connections_max});
  REQUIRE(link);
  return *link;
}

std::future<link_answer> carry(const channel_link_ptr& link, int64_t leave_within_ms = 20'000,
                               int64_t reply_within_ms = 20'000, std::string body = "a=1") {
  auto told = std::make_shared<std::promise<link_answer>>();
  link->carry({{"/pay", "text/plain", std::move(body)}, leave_within_ms, reply_within_ms},
              [told](link_answer a) { told->set_value(std::move(a)); });
  return told->get_future();
}

} // namespace

TEST_CASE("a request arrives whole, and its reply comes back, over one connection for all") {
  std::string first;
  scripted_channel channel({[&](tcp::socket& s) {
    first = heard(s);
    say(s, reply("one"));
    heard(s);
    say(s, reply("two", "500 Broken"));
    listen_to_the_end(s);
  }});
  outbound ways_out;
  const auto link = link_to(ways_out, channel.port());
  const auto one = carry(link).get();
  CHECK(one.fate == link_fate::replied);
  CHECK(one.status == 200);
  CHECK(one.body == "one");
  CHECK(first.starts_with("POST /v1/pay HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(channel.port()) + "\r\n"));
  CHECK(first.ends_with("\r\n\r\na=1"));
  const auto two = carry(link).get();
  CHECK(two.status == 500);
  CHECK(two.body == "two");
  ways_out.stop();
  CHECK(channel.connections() == 1);
}

TEST_CASE("Loss prevented: where nobody listens, a request counts as sent") {
  uint16_t port = 0;
  {
    scripted_channel nobody({});
    port = nobody.port();
  }
  outbound ways_out;
  CHECK(carry(link_to(ways_out, port)).get().fate == link_fate::never_left);
  auto nowhere = ways_out.open({{true, "no-such-host.invalid", 443, ""}, {}, 1});
  REQUIRE(nowhere);
  CHECK(carry(*nowhere).get().fate == link_fate::never_left);
}

TEST_CASE("Loss prevented: a request that was cut off behind its first byte counts as never sent, or is sent again") {
  const std::vector<socket_deed> cuts{[](tcp::socket& s) { heard(s); },
                                      [](tcp::socket& s) {
                                        heard(s);
                                        say(s, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
                                      },
                                      [](tcp::socket& s) {
                                        heard(s);
                                        s.set_option(asio::socket_base::linger(true, 0)); // a reset
                                      },
                                      [](tcp::socket& s) {
                                        heard(s);
                                        say(s, "this isn't HTTP at all\r\n\r\n");
                                      },
                                      [](tcp::socket& s) {
                                        heard(s);
                                        say(s, "HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n");
                                        listen_to_the_end(s);
                                      },
                                      [](tcp::socket& s) {
                                        heard(s);
                                        say(s, "HTTP/1.1 200 OK\r\nX: " + std::string(20'000, 'x'));
                                        listen_to_the_end(s);
                                      }};
  for (size_t i = 0; i < cuts.size(); ++i) {
    CAPTURE(i);
    scripted_channel channel({cuts[i], [](tcp::socket&) {
                              }});
    outbound ways_out;
    const auto a = carry(link_to(ways_out, channel.port())).get();
    CHECK(a.fate == link_fate::no_reply);
    ways_out.stop();
    CHECK(channel.connections() == 1);
  }
}

TEST_CASE("a channel that is silent is waited for as long as was said, and no longer") {
  scripted_channel channel({[](tcp::socket& s) {
    heard(s);
    listen_to_the_end(s);
  }});
  outbound ways_out;
  const auto a = carry(link_to(ways_out, channel.port()), 20'000, 50).get();
  CHECK(a.fate == link_fate::no_reply);
  CHECK(a.why == "no reply in time");
}

TEST_CASE("Loss prevented: a request leaves after its time, when everybody takes it for failed") {
  std::promise<void> heard_one;
  scripted_channel channel({[&](tcp::socket& s) {
    heard(s);
    heard_one.set_value();
    listen_to_the_end(s);
  }});
  // One that is late already may still find time to connect, which the other channel would take for its request.
  std::atomic<bool> heard_late{false};
  scripted_channel asked_late({[&](tcp::socket& s) {
    char byte = 0;
    boost::system::error_code ended;
    heard_late = s.read_some(asio::buffer(&byte, 1), ended) > 0;
  }});
  outbound ways_out;
  CHECK(carry(link_to(ways_out, asked_late.port(), 1), 0, 1'000).get().fate == link_fate::never_left);
  const auto link = link_to(ways_out, channel.port(), 1);
  auto first = carry(link, 20'000, 20'000);
  heard_one.get_future().get();
  // The only connection is in use: what waits for it beyond its time never leaves.
  CHECK(carry(link, 30, 20'000).get().fate == link_fate::never_left);
  auto waits = carry(link);
  const auto refused = carry(link).get(); // one waits already, which is the most
  CHECK(refused.fate == link_fate::never_left);
  ways_out.stop();
  CHECK(first.get().fate == link_fate::no_reply);
  CHECK(waits.get().fate == link_fate::never_left);
  CHECK(carry(link).get().fate == link_fate::never_left); // nothing leaves a server that is stopping
  CHECK(channel.connections() == 1);
  CHECK_FALSE(heard_late);
}

TEST_CASE("Loss prevented: a channel that is opened while a server stops takes the others' links from under it") {
  outbound ways_out;
  const uint16_t nobody = 1;
  std::vector<channel_link_ptr> kept;
  for (int i = 0; i < 1'000; ++i)
    kept.push_back(link_to(ways_out, nobody));
  std::vector<channel_link_ptr> late;
  std::thread opener([&] {
    for (int i = 0; i < 2'000; ++i)
      late.push_back(*ways_out.open({{false, "127.0.0.1", nobody, "/v1"}, {}, 1}));
  });
  ways_out.stop();
  opener.join();
  CHECK(carry(late.back()).get().fate == link_fate::never_left);
}

TEST_CASE("Loss prevented: a request is written into a connection that the channel has closed meanwhile") {
  std::promise<void> closed;
  const socket_deed once = [&](tcp::socket& s) {
    heard(s);
    say(s, reply("bye"));
    s.shutdown(tcp::socket::shutdown_both);
    s.close();
    closed.set_value();
  };
  const socket_deed then = [](tcp::socket& s) {
    heard(s);
    say(s, reply("again", "200 OK", "Connection: close\r\n"));
  };
  scripted_channel channel({once, then, then});
  outbound ways_out;
  const auto link = link_to(ways_out, channel.port());
  CHECK(carry(link).get().body == "bye");
  closed.get_future().get();
  CHECK(carry(link).get().body == "again");
  CHECK(carry(link).get().body == "again"); // the channel had said that it closes
  CHECK(channel.connections() == 3);
}

TEST_CASE("an unasked second reply isn't taken for the next request's") {
  const socket_deed chatty = [](tcp::socket& s) {
    heard(s);
    say(s, reply("mine") + reply("somebody-elses"));
    listen_to_the_end(s);
  };
  const socket_deed then = [](tcp::socket& s) {
    heard(s);
    say(s, reply("fresh"));
    listen_to_the_end(s);
  };
  scripted_channel channel({chatty, then});
  outbound ways_out;
  const auto link = link_to(ways_out, channel.port());
  CHECK(carry(link).get().body == "mine");
  CHECK(carry(link).get().body == "fresh");
  ways_out.stop();
}

// --- TLS ----------------------------------------------------------------------------------------------------------

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

/// A channel behind TLS; what it was sent is put into `heard_of`.
socket_deed behind_tls(const certificate& c, std::string& heard_of) {
  return [c, &heard_of](tcp::socket& s) {
    asio::ssl::context context(asio::ssl::context::tls_server);
    context.use_certificate(asio::buffer(c.pem), asio::ssl::context::pem);
    context.use_private_key(asio::buffer(c.key), asio::ssl::context::pem);
    asio::ssl::stream<tcp::socket&> stream(s, context);
    stream.handshake(asio::ssl::stream_base::server);
    heard_of = heard(stream);
    say(stream, reply("through TLS"));
    listen_to_the_end(s);
  };
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
