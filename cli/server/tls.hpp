// Whom we trust over TLS, and what we show of ourselves.
#pragma once

#include <string>
#include <string_view>

#include <boost/asio/ssl/context.hpp>
#include <tl/expected.hpp>

namespace oncepay::cli {

/// What a server that asks for it is shown. Empty: nothing.
struct tls_identity {
  std::string certificate; ///< PEM: ours first, then those that vouch for it.
  std::string key;         ///< PEM. Never printed.
};

/// What is wrong with certificates in PEM, "holds no certificate"; empty: nothing.
std::string fault_in_authorities(std::string_view pem);

/// What is wrong with a certificate and its key; never quotes the key. Empty: nothing.
std::string fault_in_identity(const tls_identity&);

/// For connections that verify the other side. `authorities`: PEM; empty: whom this machine trusts. The error is one
/// line.
tl::expected<boost::asio::ssl::context, std::string> client_context(std::string_view authorities, const tls_identity&);

} // namespace oncepay::cli
