// What the tests of the store share: directories that vanish, decisions to append, and all answers of a log as text,
// so that two logs are compared by one CHECK and a difference can be read.
#pragma once

#include "store/event_log.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace oncepay::test {

/// A new directory; removed with everything in it.
class scratch_directory {
public:
  scratch_directory();
  ~scratch_directory();
  scratch_directory(const scratch_directory&) = delete;
  scratch_directory& operator=(const scratch_directory&) = delete;
  std::string path(const std::string& name) const { return (root_ / name).string(); }

private:
  std::filesystem::path root_;
};

stream_name order(int number);
stream_name channel(int number);
stream_name merchant(int number);

/// A decision that decodes. `text` makes its bytes recognisable in a file.
append_entry entry(const stream_name&, uint32_t version, const std::string& text = "because");
append_entry due_entry_of(const stream_name&, uint32_t version, int64_t due_before_s, int64_t due_s);

instant at_s(int64_t seconds);

/// Every answer that a log gives about these streams and about itself.
std::string answers_of(const event_log&, const std::vector<stream_name>& streams);

/// Every file below a directory with its content.
std::map<std::string, std::string> files_of(const std::string& directory);

/// Changes a 'Q' of its text in every occurrence of a stored decision in a file, so that it decodes as before; returns
/// how many there were.
int damage(const std::string& path, const append_entry&);

} // namespace oncepay::test
