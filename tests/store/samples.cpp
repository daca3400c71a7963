#include "tests/store/samples.hpp"

#include "schema/log_codec.hpp"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <limits>
#include <sstream>

#include <unistd.h>

namespace oncepay::test {

namespace fs = std::filesystem;

scratch_directory::scratch_directory() {
  // In memory where the system offers it: no test cuts the power, and a thousand syncs take their time elsewhere.
  const fs::path in_memory = "/dev/shm";
  const bool has_memory = ::access(in_memory.c_str(), W_OK | X_OK) == 0;
  std::string pattern = ((has_memory ? in_memory : fs::temp_directory_path()) / "oncepay-store-XXXXXX").string();
  root_ = ::mkdtemp(pattern.data());
}

scratch_directory::~scratch_directory() {
  std::error_code ignored;
  fs::remove_all(root_, ignored);
}

stream_name order(int number) {
  return stream_name::of_order(merchant_id::trusted("m1"), order_no::trusted("A-" + std::to_string(number)));
}
stream_name channel(int number) {
  return stream_name::of_channel(channel_id::trusted("bank-" + std::to_string(number)));
}
stream_name merchant(int number) {
  return stream_name::of_merchant(merchant_id::trusted("shop-" + std::to_string(number)));
}

instant at_s(int64_t seconds) {
  return {seconds * ns_per_s};
}

namespace {

append_entry make(const stream_name& stream, uint32_t version, instant due_before, instant due,
                  const std::string& text) {
  decision d;
  d.at = at_s(1'700'000'000 + version);
  d.stream = stream;
  d.version = version;
  d.due_before = due_before;
  d.due = due;
  d.input = log_release_input{"olga", text};
  return {stream, version, d.at, due_before, due, encode(d)};
}

} // namespace

append_entry entry(const stream_name& stream, uint32_t version, const std::string& text) {
  return make(stream, version, {}, {}, text);
}

append_entry due_entry_of(const stream_name& stream, uint32_t version, int64_t due_before_s, int64_t due_s) {
  return make(stream, version, at_s(due_before_s), at_s(due_s), "because");
}

std::string answers_of(const event_log& log, const std::vector<stream_name>& streams) {
  std::ostringstream out;
  const log_head head = log.head();
  out << "head " << head.position << ' ' << hex(head.chain) << ' ' << head.at.ns << '\n';
  hash256 chain{};
  auto all = log.read_all(1, std::numeric_limits<size_t>::max(), [&](uint64_t position, bytes_view stored) {
    chain = chain_step(chain, position, stored);
    return true;
  });
  out << "chain " << (all ? hex(chain) : all.error().text) << '\n';
  for (const stream_name& stream : streams) {
    auto version = log.version_of(stream);
    out << stream.display() << " version " << (version ? std::to_string(*version) : version.error().text) << ':';
    for (uint32_t from : {1U, 2U, 4U}) {
      out << " from " << from;
      auto read = log.read(stream, from, [&](uint64_t position, bytes_view stored) {
        auto header = decode_header(stored);
        out << ' ' << position << '='
            << (header ? header->stream.display() + '#' + std::to_string(header->version) : header.error());
        return true;
      });
      if (!read)
        out << ' ' << read.error().text;
    }
    out << '\n';
  }
  for (stream_kind kind : {stream_kind::merchant, stream_kind::channel, stream_kind::account}) {
    out << name(kind) << "s:";
    auto found = log.streams_of(kind);
    if (!found)
      out << ' ' << found.error().text;
    else
      for (const stream_name& stream : *found)
        out << ' ' << stream.display();
    out << '\n';
  }
  for (size_t page_size : {1U, 3U, 1000U}) {
    out << "due by " << page_size << ':';
    due_entry after;
    for (;;) {
      auto page = log.due(after, at_s(1'000'000), page_size);
      if (!page) {
        out << ' ' << page.error().text;
        break;
      }
      for (const due_entry& e : *page)
        out << ' ' << e.due.ns / ns_per_s << '/' << e.stream.display();
      if (page->size() < page_size)
        break;
      after = page->back();
    }
    out << '\n';
  }
  return out.str();
}

std::map<std::string, std::string> files_of(const std::string& directory) {
  std::map<std::string, std::string> files;
  for (const auto& found : fs::recursive_directory_iterator(directory)) {
    std::string content = "directory";
    if (found.is_regular_file()) {
      std::ifstream in(found.path(), std::ios::binary);
      content.assign(std::istreambuf_iterator<char>(in), {});
    }
    files[fs::relative(found.path(), directory).string()] = std::move(content);
  }
  return files;
}

int damage(const std::string& path, const append_entry& decision) {
  const std::string_view text = as_text(decision.stored);
  std::string content;
  {
    std::ifstream in(path, std::ios::binary);
    content.assign(std::istreambuf_iterator<char>(in), {});
  }
  int count = 0;
  for (size_t at = content.find(text); at != std::string::npos; at = content.find(text, at + 1), ++count) {
    char& byte = content.at(at + text.find('Q'));
    byte = static_cast<char>(byte ^ 1);
  }
  std::ofstream(path, std::ios::binary | std::ios::in | std::ios::out) << content;
  return count;
}

} // namespace oncepay::test
