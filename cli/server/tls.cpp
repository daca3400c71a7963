#include "cli/server/tls.hpp"

#include <boost/asio/buffer.hpp>

namespace oncepay::cli {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;

namespace {

std::string show(ssl::context& context, const tls_identity& identity) {
  error_code failed;
  context.use_certificate_chain(boost::asio::buffer(identity.certificate), failed);
  if (failed)
    return "holds no certificate that can be read";
  context.use_private_key(boost::asio::buffer(identity.key), ssl::context::pem, failed);
  if (failed || ::SSL_CTX_check_private_key(context.native_handle()) != 1)
    return "doesn't go with its key, or the key can't be read";
  return {};
}

} // namespace

std::string fault_in_authorities(std::string_view pem) {
  ssl::context context(ssl::context::tls_client);
  error_code failed;
  context.add_certificate_authority(boost::asio::buffer(pem.data(), pem.size()), failed);
  return failed ? "holds no certificate that can be read" : std::string();
}

std::string fault_in_identity(const tls_identity& identity) {
  ssl::context context(ssl::context::tls_client);
  return show(context, identity);
}

tl::expected<ssl::context, std::string> client_context(std::string_view authorities, const tls_identity& identity) {
  ssl::context context(ssl::context::tls_client);
  error_code failed;
  context.set_verify_mode(ssl::verify_peer, failed);
  ::SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
  if (authorities.empty())
    context.set_default_verify_paths(failed);
  else
    context.add_certificate_authority(boost::asio::buffer(authorities.data(), authorities.size()), failed);
  if (failed)
    return tl::unexpected("certificate authorities can't be read: " + failed.message());
  if (!identity.certificate.empty())
    if (auto fault = show(context, identity); !fault.empty())
      return tl::unexpected("its client certificate " + fault);
  return context;
}

} // namespace oncepay::cli
