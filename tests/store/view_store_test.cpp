// What views are kept in: one contract over both implementations, and what a disk adds to it.
#include "schema/limits.hpp"
#include "store/view_store.hpp"
#include "tests/store/disk_log.hpp"
#include "tests/store/samples.hpp"

#include <rapidcheck.h>

#include <filesystem>
#include <fstream>

namespace oncepay::test {

namespace fs = std::filesystem;

namespace {

std::unique_ptr<view_store> must_open_view(const scratch_directory& scratch, const char* name = "balances") {
  auto view = open_view_store(scratch.path(""), name, test_map_bytes);
  if (!view)
    FAIL("the view doesn't open: ", view.error().text);
  return std::move(*view);
}

struct view_in_memory {
  std::unique_ptr<view_store> view = make_memory_view_store();
};

struct view_on_disk {
  scratch_directory scratch;
  std::unique_ptr<view_store> view = must_open_view(scratch);
};

view_checkpoint at(uint64_t position) {
  view_checkpoint checkpoint{position, {}};
  checkpoint.chain.fill(static_cast<std::byte>(position));
  return checkpoint;
}

void must_write(view_store& view, const std::vector<view_change>& changes, uint64_t position) {
  auto written = view.write(changes, at(position));
  if (!written)
    FAIL("the view isn't written: ", written.error().text);
}

std::vector<std::string> listing(const view_store& view, std::string_view prefix) {
  std::vector<std::string> entries;
  REQUIRE(view.scan(prefix, [&](std::string_view key, std::string_view value) {
    entries.push_back(std::string(key) + "=" + std::string(value));
    return true;
  }));
  return entries;
}

using texts = std::vector<std::string>;

} // namespace

TEST_CASE_TEMPLATE("a new view is empty, at position 0", View, view_in_memory, view_on_disk) {
  View v;
  CHECK(v.view->checkpoint().value() == view_checkpoint{});
  CHECK_FALSE(v.view->get("a").value().has_value());
  CHECK_FALSE(v.view->get("").value().has_value());
  CHECK(listing(*v.view, "").empty());
}

TEST_CASE_TEMPLATE("changes and checkpoint arrive together, in order", View, view_in_memory, view_on_disk) {
  View v;
  must_write(*v.view, {{"a", "1"}, {"b", "2"}, {"a", "3"}, {"b", std::nullopt}, {"never", std::nullopt}, {"c", ""}}, 5);
  CHECK(v.view->checkpoint().value() == at(5));
  CHECK(v.view->get("a").value() == "3");
  CHECK_FALSE(v.view->get("b").value().has_value());
  CHECK(v.view->get("c").value() == "");
  must_write(*v.view, {}, 6);
  CHECK(v.view->checkpoint().value() == at(6));
  CHECK(listing(*v.view, "") == texts{"a=3", "c="});
}

TEST_CASE_TEMPLATE("a refused change leaves the view and its position as they were", View, view_in_memory,
                   view_on_disk) {
  View v;
  must_write(*v.view, {{"a", "1"}}, 5);
  for (const std::string& key : {std::string(), std::string(view_key_bytes_max + 1, 'k')}) {
    const std::vector<view_change> changes = {{"a", "2"}, {key, "x"}};
    CHECK(error_in(v.view->write(changes, at(6))).code == store_errc::too_large);
    CHECK_FALSE(v.view->get(key).value().has_value());
  }
  CHECK(v.view->checkpoint().value() == at(5));
  CHECK(v.view->get("a").value() == "1");
  must_write(*v.view, {{std::string(view_key_bytes_max, 'k'), "longest"}}, 7);
  CHECK(v.view->get(std::string(view_key_bytes_max, 'k')).value() == "longest");
}

TEST_CASE_TEMPLATE("entries are scanned by prefix, in the order of unsigned bytes, until the visitor has enough", View,
                   view_in_memory, view_on_disk) {
  View v;
  must_write(*v.view,
             {{"m/a", "1"}, {"m", "0"}, {"m/b", "2"}, {"m/\xff", "4"}, {"m0", "5"}, {"l", "6"}, {"m/\x7f", "3"}}, 1);
  CHECK(listing(*v.view, "m/") == texts{"m/a=1", "m/b=2", "m/\x7f=3", "m/\xff=4"});
  CHECK(listing(*v.view, "m").size() == 6);
  CHECK(listing(*v.view, "").size() == 7);
  CHECK(listing(*v.view, "m/a").size() == 1);
  CHECK(listing(*v.view, "x").empty());
  int visited = 0;
  REQUIRE(v.view->scan("m", [&](std::string_view, std::string_view) { return ++visited < 3; }));
  CHECK(visited == 3);
}

TEST_CASE_TEMPLATE("a scan longer than one short read misses nothing, and its visitor may write", View, view_in_memory,
                   view_on_disk) {
  View v;
  constexpr size_t count = 2 * limits::read_batch_decisions + 1;
  std::vector<view_change> changes;
  for (size_t i = 0; i < count; ++i)
    changes.push_back({"k" + std::to_string(100'000 + i), std::string(i % 7, 'v')});
  must_write(*v.view, changes, 1);
  size_t visited = 0;
  REQUIRE(v.view->scan("k", [&](std::string_view key, std::string_view value) {
    CHECK(key == changes[visited].key);
    CHECK(value == *changes[visited].value);
    if (visited++ == 0)
      must_write(*v.view, {{"j", "before"}, {"l", "after"}}, 2);
    return true;
  }));
  CHECK(visited == count);
}

TEST_CASE_TEMPLATE("a cleared view is as new", View, view_in_memory, view_on_disk) {
  View v;
  must_write(*v.view, {{"a", "1"}}, 5);
  REQUIRE(v.view->clear());
  CHECK(v.view->checkpoint().value() == view_checkpoint{});
  CHECK(listing(*v.view, "").empty());
  must_write(*v.view, {{"b", "2"}}, 1);
  CHECK(listing(*v.view, "") == texts{"b=2"});
}

TEST_CASE("views on disk and in memory answer alike") {
  CHECK(rc::check("any changes", [](const std::vector<std::vector<std::pair<uint8_t, uint8_t>>>& batches) {
    view_on_disk disk;
    view_in_memory memory;
    uint64_t position = 0;
    for (const auto& batch : batches) {
      std::vector<view_change> changes;
      changes.reserve(batch.size());
      for (auto [key, value] : batch)
        changes.push_back(
            {"k" + std::to_string(key % 23), value % 3 == 0 ? std::nullopt : std::optional(std::string(value, 'v'))});
      ++position;
      must_write(*disk.view, changes, position);
      must_write(*memory.view, changes, position);
      RC_ASSERT(disk.view->checkpoint().value() == memory.view->checkpoint().value());
      RC_ASSERT(listing(*disk.view, "") == listing(*memory.view, ""));
      RC_ASSERT(listing(*disk.view, "k1") == listing(*memory.view, "k1"));
    }
  }));
}

TEST_CASE("a view is where it was after a restart") {
  scratch_directory scratch;
  must_write(*must_open_view(scratch), {{"a", "1"}}, 5);
  auto view = must_open_view(scratch);
  CHECK(view->checkpoint().value() == at(5));
  CHECK(view->get("a").value() == "1");
  CHECK(must_open_view(scratch, "other")->checkpoint().value() == view_checkpoint{});
}

TEST_CASE("a view whose file can't be read begins anew, for the log has everything") {
  scratch_directory scratch;
  must_write(*must_open_view(scratch), {{"a", "1"}}, 5);
  const std::string file = scratch.path("views/balances/data.mdb");
  SUBCASE("something else") {
    std::ofstream(file, std::ios::trunc) << std::string(50'000, 'x');
  }
  SUBCASE("cut") {
    fs::resize_file(file, 5'000);
  }
  SUBCASE("empty") {
    fs::resize_file(file, 0);
  }
  auto view = must_open_view(scratch);
  CHECK(view->checkpoint().value() == view_checkpoint{});
  CHECK(listing(*view, "").empty());
  must_write(*view, {{"b", "2"}}, 1);
}

TEST_CASE("a view's name is no path") {
  scratch_directory scratch;
  for (const char* name : {"", "..", "a/b", "A", "balances.2", "a234567890123456789012345678901234"})
    CHECK(error_in(open_view_store(scratch.path(""), name, test_map_bytes)).code == store_errc::missing);
  CHECK_FALSE(fs::exists(scratch.path("views")));
}

TEST_CASE("one process opens a view once") {
  scratch_directory scratch;
  auto view = must_open_view(scratch);
  CHECK(error_in(open_view_store(scratch.path(""), "balances", test_map_bytes)).code == store_errc::in_use);
}

} // namespace oncepay::test
