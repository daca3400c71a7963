// Payers are readable with the keys and by nobody else.
#include "store/payer_vault.hpp"
#include "tests/store/disk_log.hpp"
#include "tests/store/samples.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

#include <sys/stat.h>

namespace oncepay::test {

namespace fs = std::filesystem;

namespace {

payer_keys keys_of(unsigned char seed) {
  payer_keys keys;
  keys.token.fill(std::byte{seed});
  keys.sealing.push_back({1, false, {}});
  keys.sealing.back().bytes.fill(std::byte(seed + 1));
  return keys;
}

std::string key_file(const scratch_directory& scratch) {
  return scratch.path("keys/payer.keys");
}

unsigned mode_of(const std::string& path) {
  struct stat info {};
  REQUIRE(::stat(path.c_str(), &info) == 0);
  return info.st_mode & 0777U;
}

void write_keys(const scratch_directory& scratch, const std::string& text) {
  fs::create_directories(scratch.path("keys"));
  std::ofstream(key_file(scratch), std::ios::trunc) << text;
  fs::permissions(key_file(scratch), fs::perms::owner_read | fs::perms::owner_write);
}

const std::string digits(64, 'a');

} // namespace

TEST_CASE("a sealed payer opens where it was sealed, and tells nothing by itself") {
  payer_vault vault(keys_of(1));
  for (const std::string& payer : {std::string("alice"), std::string(), std::string("\0\n", 2), std::string(64, 'x')}) {
    const sealed_payer sealed = vault.seal(order(1), 1, "payer", payer);
    CHECK(sealed.key_id == 1);
    CHECK(sealed.ciphertext.size() == payer.size() + 24 + 16);
    CHECK(vault.open(order(1), 1, "payer", sealed).value() == payer);
  }
  const auto sealed = vault.seal(order(1), 1, "payer", "alice");
  CHECK(as_text(sealed.ciphertext).find("alice") == std::string_view::npos);
}

TEST_CASE("sealing is repeatable, and no two places share a nonce") {
  payer_vault vault(keys_of(1));
  CHECK(vault.seal(order(1), 1, "payer", "alice") == payer_vault(keys_of(1)).seal(order(1), 1, "payer", "alice"));
  std::set<std::vector<std::byte>> seen;
  for (int number = 1; number <= 12; ++number)
    for (uint32_t version : {1U, 2U, 11U})
      for (const char* field : {"payer", "paye", "name"})
        seen.insert(vault.seal(order(number), version, field, "alice").ciphertext);
  CHECK(seen.size() == 12 * 3 * 3);
  CHECK(vault.seal(order(1), 1, "payer", "alice") != payer_vault(keys_of(9)).seal(order(1), 1, "payer", "alice"));
}

TEST_CASE("Loss prevented: an original and its restored copy seal two payers so that both can be read") {
  // With one nonce for both the xor of the ciphertexts would be that of the payers.
  payer_vault vault(keys_of(1));
  const auto one = vault.seal(order(1), 1, "payer", "alice").ciphertext;
  const auto two = vault.seal(order(1), 1, "payer", "carol").ciphertext;
  REQUIRE(one.size() == two.size());
  CHECK_FALSE(std::equal(one.begin(), one.begin() + 24, two.begin()));
}

TEST_CASE("a sealed payer moved to another decision doesn't open: a refund would go to somebody else") {
  payer_vault vault(keys_of(1));
  const sealed_payer sealed = vault.seal(order(1), 1, "payer", "alice");
  CHECK(vault.open(order(2), 1, "payer", sealed).error() == unseal_errc::damaged);
  CHECK(vault.open(order(1), 2, "payer", sealed).error() == unseal_errc::damaged);
  CHECK(vault.open(order(1), 1, "name", sealed).error() == unseal_errc::damaged);
  for (size_t i = 0; i < sealed.ciphertext.size(); ++i) {
    sealed_payer altered = sealed;
    altered.ciphertext[i] ^= std::byte{1};
    CHECK(vault.open(order(1), 1, "payer", altered).error() == unseal_errc::damaged);
  }
  sealed_payer cut = sealed;
  cut.ciphertext.resize(39);
  CHECK(vault.open(order(1), 1, "payer", cut).error() == unseal_errc::damaged);
  CHECK(vault.open(order(1), 1, "payer", sealed_payer{}).value().empty());
}

TEST_CASE("a lost key and a forgotten payer read differently") {
  payer_keys keys = keys_of(1);
  const sealed_payer sealed = payer_vault(keys).seal(order(1), 1, "payer", "alice");
  keys.sealing.push_back({2, false, {}});
  keys.sealing.back().bytes.fill(std::byte{77});
  payer_vault rotated(keys);
  CHECK(rotated.open(order(1), 1, "payer", sealed).value() == "alice");
  CHECK(rotated.seal(order(1), 1, "payer", "alice").key_id == 2);
  keys.sealing[0].is_forgotten = true;
  CHECK(payer_vault(keys).open(order(1), 1, "payer", sealed).error() == unseal_errc::forgotten);
  keys.sealing.erase(keys.sealing.begin());
  CHECK(payer_vault(keys).open(order(1), 1, "payer", sealed).error() == unseal_errc::missing_key);
  for (unseal_errc code : {unseal_errc::missing_key, unseal_errc::forgotten, unseal_errc::damaged})
    CHECK_FALSE(sentence(code).empty());
}

TEST_CASE("equal payers have equal tokens, under one key only") {
  payer_vault vault(keys_of(1));
  CHECK(vault.token("alice") == vault.token("alice"));
  CHECK(vault.token("alice") != vault.token("alicf"));
  CHECK(vault.token("alice") != payer_vault(keys_of(2)).token("alice"));
  CHECK(vault.token("") != hash128{});
}

TEST_CASE("keys are made at the first start, for their owner alone, and stay") {
  scratch_directory scratch;
  sealed_payer sealed;
  hash128 token{};
  {
    auto vault = payer_vault::open_directory(scratch.path(""), true);
    REQUIRE(vault);
    sealed = vault->seal(order(1), 1, "payer", "alice");
    token = vault->token("alice");
  }
  CHECK(mode_of(key_file(scratch)) == 0600);
  CHECK(mode_of(scratch.path("keys")) == 0700);
  CHECK(files_of(scratch.path("keys")).size() == 1);
  for (bool create : {true, false}) {
    auto vault = payer_vault::open_directory(scratch.path(""), create);
    REQUIRE(vault);
    CHECK(vault->open(order(1), 1, "payer", sealed).value() == "alice");
    CHECK(vault->token("alice") == token);
  }
  scratch_directory another;
  auto other = payer_vault::open_directory(another.path(""), true);
  REQUIRE(other);
  CHECK(other->token("alice") != token);
}

TEST_CASE("a reader without keys is told so and makes none") {
  scratch_directory scratch;
  auto error = error_in(payer_vault::open_directory(scratch.path(""), false));
  CHECK(error.code == store_errc::missing);
  CHECK(error.text.find("payer.keys") != std::string::npos);
  CHECK_FALSE(fs::exists(scratch.path("keys")));
}

TEST_CASE("keys that others can read are refused") {
  scratch_directory scratch;
  REQUIRE(payer_vault::open_directory(scratch.path(""), true));
  for (fs::perms others : {fs::perms::group_read, fs::perms::others_read}) {
    fs::permissions(key_file(scratch), fs::perms::owner_read | others);
    auto error = error_in(payer_vault::open_directory(scratch.path(""), true));
    CHECK(error.code == store_errc::missing);
    CHECK(error.text.find("0600") != std::string::npos);
  }
}

TEST_CASE("a key file is read whole or refused, naming the line and never a key") {
  const std::string head = "oncepay payer keys 1\n";
  const std::string token = "token " + digits + "\n";
  struct {
    const char* what;
    std::string text;
    bool sound;
  } const cases[] = {
      {"the plain one", head + token + "seal 1 " + digits + "\n", true},
      {"without a last newline", head + token + "seal 1 " + digits, true},
      {"a forgotten key before the last", head + token + "seal 1 forgotten\nseal 7 " + digits + "\n", true},
      {"nothing", "", false},
      {"another program's", "hello\n", false},
      {"another format", "oncepay payer keys 2\n" + token + "seal 1 " + digits + "\n", false},
      {"no token key", head + "seal 1 " + digits + "\n", false},
      {"two token keys", head + token + token + "seal 1 " + digits + "\n", false},
      {"no sealing key", head + token, false},
      {"the last key forgotten", head + token + "seal 1 forgotten\n", false},
      {"an id twice", head + token + "seal 1 " + digits + "\nseal 1 " + digits + "\n", false},
      {"id 0", head + token + "seal 0 " + digits + "\n", false},
      {"an id that is no number", head + token + "seal 1x " + digits + "\n", false},
      {"a short key", head + token + "seal 1 " + digits.substr(2) + "\n", false},
      {"a long key", head + token + "seal 1 " + digits + "aa\n", false},
      {"no hexadecimal", head + token + "seal 1 " + digits.substr(1) + "g\n", false},
      {"an unknown word", head + token + "seal 1 " + digits + "\nlock 2 " + digits + "\n", false},
  };
  for (const auto& c : cases) {
    CAPTURE(c.what);
    scratch_directory scratch;
    write_keys(scratch, c.text);
    auto vault = payer_vault::open_directory(scratch.path(""), true);
    CHECK(vault.has_value() == c.sound);
    if (!c.sound) {
      CHECK(error_in(vault).code == store_errc::damaged);
      CHECK(error_in(vault).text.find("aaaa") == std::string::npos);
    }
  }
}

} // namespace oncepay::test
