#include "store/payer_key_file.hpp"

#include "schema/assert.hpp"
#include "store/files.hpp"
#include "store/store_fault.hpp"

#include <cerrno>
#include <charconv>
#include <optional>

#include <sodium.h>
#include <sys/stat.h>

namespace oncepay {

namespace {

constexpr std::string_view first_line = "oncepay payer keys 1";
/// A key changed every week for twenty years fits.
constexpr size_t file_bytes_max = 128 * 1024;

std::string directory_of(const std::string& data_directory) {
  return data_directory + "/keys";
}
std::string path_of(const std::string& data_directory) {
  return directory_of(data_directory) + "/payer.keys";
}

std::optional<key_bytes> from_hex(std::string_view digits) {
  key_bytes key{};
  size_t size = 0;
  const char* end = nullptr;
  int rc = sodium_hex2bin(reinterpret_cast<unsigned char*>(key.data()), key.size(), digits.data(), digits.size(),
                          nullptr, &size, &end);
  if (rc != 0 || size != key.size() || end != digits.data() + digits.size())
    return std::nullopt;
  return key;
}

std::string_view next_word(std::string_view& line) {
  std::string_view word = line.substr(0, line.find(' '));
  line.remove_prefix(std::min(line.size(), word.size() + 1));
  return word;
}

bool add_token(std::string_view rest, bool& has_token, payer_keys& keys) {
  auto key = from_hex(rest);
  if (!key || has_token)
    return false;
  has_token = true;
  keys.token = *key;
  return true;
}

bool add_sealing_key(std::string_view rest, payer_keys& keys) {
  std::string_view digits = next_word(rest);
  sealing_key key;
  auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), key.id);
  // Ids only grow, so that one is never given twice.
  if (ec != std::errc() || end != digits.data() + digits.size() || key.id == 0 ||
      (!keys.sealing.empty() && key.id <= keys.sealing.back().id))
    return false;
  key.is_forgotten = rest == "forgotten";
  if (!key.is_forgotten) {
    auto bytes = from_hex(rest);
    if (!bytes)
      return false;
    key.bytes = *bytes;
  }
  keys.sealing.push_back(key);
  return true;
}

/// Messages name the line and never what stands in it.
store_result<payer_keys> parse(const std::string& path, std::string_view text) {
  payer_keys keys;
  bool has_token = false;
  size_t number = 0;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    ++number;
    if (number == 1 ? line == first_line : line.empty())
      continue;
    std::string_view rest = line;
    std::string_view word = number == 1 ? std::string_view() : next_word(rest);
    const bool understood = word == "token"  ? add_token(rest, has_token, keys)
                            : word == "seal" ? add_sealing_key(rest, keys)
                                             : false;
    if (!understood)
      return store_fault(store_errc::damaged, path + ":" + std::to_string(number) + ": not a line of a key file");
  }
  if (!has_token || keys.sealing.empty() || keys.sealing.back().is_forgotten)
    return store_fault(store_errc::damaged, path + " lacks the token key, or a sealing key at its end");
  return keys;
}

std::string format(const payer_keys& keys) {
  std::string text(first_line);
  text.append("\ntoken ").append(hex(keys.token)).append("\n");
  for (const sealing_key& key : keys.sealing)
    text.append("seal " + std::to_string(key.id) + " ")
        .append(key.is_forgotten ? "forgotten" : hex(key.bytes))
        .append("\n");
  return text;
}

/// The system's chance, and the one place below cli that asks for it: keys are no part of a history that is repeated.
key_bytes random_key() {
  key_bytes key{};
  crypto_kdf_keygen(reinterpret_cast<unsigned char*>(key.data()));
  return key;
}

} // namespace

bool payer_keys_exist(const std::string& data_directory) {
  return files::exists(path_of(data_directory));
}

store_result<payer_keys> load_payer_keys(const std::string& data_directory) {
  const std::string path = path_of(data_directory);
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0)
    return store_fault(store_errc::missing,
                       path + " can't be read: " + files::reason(errno) + "; without its keys no payer can be read");
  if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    return store_fault(store_errc::missing, path + " can be read by others than its owner: chmod it to 0600");
  auto text = files::read_small(path, file_bytes_max);
  if (!text)
    return error_of(text);
  if (!*text)
    return store_fault(store_errc::missing, path + " doesn't exist");
  auto keys = parse(path, **text);
  sodium_memzero((*text)->data(), (*text)->size());
  return keys;
}

store_result<payer_keys> load_or_make_payer_keys(const std::string& data_directory, uint32_t first_sealing_id) {
  const int ready = sodium_init();
  ONCEPAY_ASSERT(ready >= 0);
  if (files::exists(path_of(data_directory)))
    return load_payer_keys(data_directory);
  if (auto made = files::make_directory(directory_of(data_directory), 0700); !made)
    return error_of(made);
  payer_keys keys{random_key(), {{first_sealing_id, false, random_key()}}};
  std::string text = format(keys);
  auto written = files::write_durably(path_of(data_directory), text, 0600);
  sodium_memzero(text.data(), text.size());
  if (!written)
    return error_of(written);
  return keys;
}

void wipe(payer_keys& keys) {
  sodium_memzero(keys.token.data(), keys.token.size());
  for (sealing_key& key : keys.sealing)
    sodium_memzero(key.bytes.data(), key.bytes.size());
}

} // namespace oncepay
