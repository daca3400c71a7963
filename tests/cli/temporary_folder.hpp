// A folder that is there for one test.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

namespace oncepay::cli {

class temporary_folder {
public:
  temporary_folder() {
    auto name = (std::filesystem::temp_directory_path() / "oncepay-test-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    root_ = name;
  }
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;
  ~temporary_folder() { std::filesystem::remove_all(root_); }

  std::string path(std::string_view name) const { return root_ / name; }

private:
  std::filesystem::path root_;
};

} // namespace oncepay::cli
