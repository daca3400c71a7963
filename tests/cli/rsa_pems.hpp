// RSA keys as people keep them.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <memory>
#include <string>

namespace oncepay::test {

struct rsa_pems {
  std::string private_key;
  std::string public_key;
};

inline std::string pem_of(EVP_PKEY* key, bool is_private) {
  const std::unique_ptr<BIO, int (*)(BIO*)> out(BIO_new(BIO_s_mem()), BIO_free);
  if (is_private)
    PEM_write_bio_PrivateKey(out.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  else
    PEM_write_bio_PUBKEY(out.get(), key);
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<size_t>(size)};
}

inline rsa_pems new_rsa_pair() {
  const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key(EVP_RSA_gen(2048), EVP_PKEY_free);
  return {pem_of(key.get(), true), pem_of(key.get(), false)};
}

} // namespace oncepay::test
