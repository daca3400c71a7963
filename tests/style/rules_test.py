#!/usr/bin/python3
"""The checks of style find what they are named after, and let pass what is right: a check that can't fail is none."""

import unittest

import floors
import forbidden
import layout
import reach
import readme
import schema_ids
from source import code_only, includes


class Source(unittest.TestCase):
    def test_comments_and_texts_are_no_code(self):
        text = 'int a; // time(nullptr)\n/* rand()\n */ const char* s = "rand()"; char c = \'"\'; auto r = R"x(throw)x";\nend'
        self.assertNotIn("rand", code_only(text))
        self.assertNotIn("time", code_only(text))
        self.assertNotIn("throw", code_only(text))
        self.assertEqual(code_only(text).count("\n"), text.count("\n"))
        self.assertTrue(code_only(text).endswith("end"))

    def test_digit_separators_hide_no_code(self):
        self.assertIn("rand()", code_only("x = 1'000; y = rand(); z = 1'000;"))

    def test_includes_have_lines_and_kinds(self):
        self.assertEqual(
            includes('// c\n#include "schema/money.hpp"\n#  include <caf/all.hpp>\n// #include "x.hpp"\n'),
            [(2, "schema/money.hpp", True), (3, "caf/all.hpp", False)],
        )


class Floors(unittest.TestCase):
    def refused(self, path, line):
        self.assertEqual(len(floors.violations(path, line + "\n")), 1, (path, line))

    def allowed(self, path, line):
        self.assertEqual(floors.violations(path, line + "\n"), [], (path, line))

    def test_no_floor_knows_one_above_or_beside_it(self):
        self.refused("schema/a.cpp", '#include "store/event_log.hpp"')
        self.refused("store/a.cpp", '#include "actors/domain/order.hpp"')
        self.refused("actors/domain/a.cpp", '#include "store/event_log.hpp"')
        self.refused("actors/domain/a.cpp", '#include "actors/journal.hpp"')
        self.refused("actors/a.cpp", '#include "cli/config/config.hpp"')
        self.refused("sim/a.cpp", '#include "cli/progress.hpp"')
        self.refused("sim/a.cpp", '#include "tests/fixture.hpp"')

    def test_floors_below_may_be_used(self):
        self.allowed("store/a.cpp", '#include "schema/hash.hpp"')
        self.allowed("actors/domain/a.cpp", '#include "schema/event.hpp"')
        self.allowed("actors/a.cpp", '#include "actors/domain/order.hpp"')
        self.allowed("cli/a.cpp", '#include "store/event_log.hpp"')
        self.allowed("cli/a.cpp", '#include "sim/run.hpp"')
        self.allowed("tests/actors/a.cpp", '#include "sim/simulation.hpp"')

    def test_libraries_stay_on_their_floors(self):
        self.refused("actors/domain/a.hpp", "#include <caf/actor.hpp>")
        self.refused("store/a.cpp", "#include <caf/actor.hpp>")
        self.refused("actors/a.cpp", "#include <lmdb.h>")
        self.refused("schema/money.cpp", '#include "log_generated.h"')
        self.refused("actors/a.cpp", "#include <flatbuffers/flatbuffers.h>")
        self.refused("store/a.cpp", "#include <spdlog/spdlog.h>")
        self.refused("actors/a.cpp", "#include <boost/asio/post.hpp>")
        self.refused("actors/domain/a.cpp", "#include <chrono>")
        self.refused("actors/domain/a.cpp", "#include <thread>")
        self.refused("schema/a.cpp", "#include <sys/stat.h>")
        self.allowed("schema/log_codec.cpp", '#include "log_generated.h"')
        self.allowed("store/a.cpp", "#include <lmdb.h>")
        self.allowed("actors/a.cpp", "#include <chrono>")

    def test_includes_are_written_from_the_top(self):
        self.refused("store/a.cpp", '#include "event_log.hpp"')


class Forbidden(unittest.TestCase):
    def refused(self, path, line):
        self.assertEqual(len(forbidden.code_violations(path, line + "\n")), 1, (path, line))

    def allowed(self, path, line):
        self.assertEqual(forbidden.code_violations(path, line + "\n"), [], (path, line))

    def test_no_clock_below_cli(self):
        self.refused("actors/a.cpp", "auto t = std::chrono::system_clock::now();")
        self.refused("sim/a.cpp", "auto t = std::chrono::steady_clock::now();")
        self.refused("store/a.cpp", "auto t = std::time(nullptr);")
        self.refused("schema/a.cpp", "clock_gettime(CLOCK_REALTIME, &t);")
        self.allowed("cli/wall.cpp", "auto t = std::chrono::system_clock::now();")
        self.allowed("actors/a.cpp", "using clock = std::chrono::steady_clock;")
        self.allowed("actors/a.cpp", "due_time(order);")

    def test_no_chance_or_identity_below_cli(self):
        self.refused("sim/a.cpp", "std::random_device device;")
        self.refused("actors/a.cpp", "int i = rand() % 6;")
        self.refused("sim/a.cpp", "std::mt19937_64 engine(seed);")
        self.refused("actors/a.cpp", "auto id = std::this_thread::get_id();")
        self.allowed("actors/a.cpp", "auto operand = operand_of(x);")

    def test_nobody_sleeps(self):
        self.refused("tests/actors/a.cpp", "std::this_thread::sleep_for(1ms);")
        self.refused("store/a.cpp", "usleep(10);")
        self.allowed("store/give_way.cpp", "std::this_thread::sleep_for(1ms);")
        self.refused("store/give_way.cpp", "auto t = std::chrono::steady_clock::now();")

    def test_a_property_that_is_broken_fails_its_test(self):
        self.refused("tests/store/a.cpp", "TEST_CASE(\"x\") {\n  rc::check([] { RC_ASSERT(false); });\n}")
        self.allowed("tests/store/a.cpp", "  CHECK(rc::check([] { RC_ASSERT(false); }));")
        self.allowed("tests/store/a.cpp", "  const bool kept = rc::check([] { RC_ASSERT(false); });")

    def test_every_request_has_a_deadline(self):
        self.refused("actors/a.cpp", "self->request(a, caf::infinite, 1);")

    def test_no_floating_point_near_money(self):
        self.refused("schema/money.cpp", "double share = 0.6;")
        self.refused("actors/domain/ledger.cpp", "float f;")
        self.allowed("actors/domain/ledger.cpp", "auto doubled = 2 * x;")

    def test_errors_are_values_and_assertions_stay(self):
        self.refused("store/a.cpp", "throw store_error{};")
        self.refused("actors/a.cpp", "assert(x);")
        self.allowed("actors/a.cpp", "static_assert(x);")

    def test_prose_names_no_machine_and_no_unfinished_work(self):
        self.assertEqual(len(forbidden.text_violations("README.md", "see /ho" "me/me/oncepay")), 1)
        self.assertEqual(len(forbidden.text_violations("a.cpp", "// TO" "DO: later")), 1)
        self.assertEqual(forbidden.text_violations("README.md", "see tests/work/ and https://x.org/home/"), [])


class Schema(unittest.TestCase):
    def test_a_field_without_a_number_is_found(self):
        self.assertEqual(len(schema_ids.violations("a.fbs", "table T { a: int (id: 0); b: int; }")), 1)

    def test_a_number_left_out_or_taken_twice_is_found(self):
        self.assertEqual(len(schema_ids.violations("a.fbs", "table T { a: int (id: 0); b: int (id: 2); }")), 1)
        self.assertEqual(len(schema_ids.violations("a.fbs", "table T { a: int (id: 0); b: int (id: 0); }")), 1)

    def test_a_union_takes_two_numbers(self):
        text = "union U { A } table T { a: [int] (id: 0, required); // x: int;\n u: U (id: 2); v: [U] (id: 4); }"
        self.assertEqual(schema_ids.violations("a.fbs", text), [])


    def test_a_name_of_two_schemas_is_found(self):
        texts = {"a.fbs": "table T { } // table U\nenum E : ubyte { A = 0 }", "b.fbs": "struct U { } table T { }"}
        self.assertEqual(schema_ids.named_twice(texts), ["b.fbs: T is a name of a.fbs already"])


class Reach(unittest.TestCase):
    def test_dead_files_are_found(self):
        sources = {
            "a/used.cpp": '#include "a/used.hpp"\n',
            "a/used.hpp": '#include "a/deep.hpp"\n',
            "a/deep.hpp": "",
            "a/dead.hpp": "",
            "a/dead.cpp": '#include "a/dead.hpp"\n',
        }
        self.assertEqual(
            reach.violations(sources, {"a/used.cpp"}),
            ["a/dead.cpp: no target compiles it", "a/dead.hpp: nothing that is compiled includes it"],
        )


class Layout(unittest.TestCase):
    def test_a_stranger_at_the_top_is_found(self):
        self.assertEqual(len(layout.top_violations(["notes.txt", "schema/money.hpp"])), 1)

    def test_a_file_that_should_be_two_is_found(self):
        self.assertEqual(len(layout.size_violations({"a.cpp": "\n" * (layout.LINES_MAX + 1)})), 1)
        self.assertEqual(layout.size_violations({"a.cpp": "\n" * layout.LINES_MAX}), [])


class Readme(unittest.TestCase):
    HEADER = "enum class errc : uint16_t {\n  ok = 0, ///< Fine.\n  // 1xx: bytes = 1,\n  busy = 400,\n};\n"
    SOURCE = "advice advice_for(errc code) {\n  switch (code) {\n  case errc::ok:\n    return advice::done;\n" \
             "  case errc::a:\n  case errc::busy:\n    return advice::retry;\n  }\n}\n"

    def table(self, *lines):
        return "# R\n## Codes\n\n| a | b |\n|---|---|\n" + "\n".join(lines) + "\n\n## Next\n\n| x |\n|---|\n| 9 |\n"

    def test_enumerators_and_advice_are_read(self):
        self.assertEqual(readme.enumerators(self.HEADER, "errc"), [(0, "ok"), (400, "busy")])
        self.assertEqual(readme.advices(self.SOURCE), {"ok": "done", "a": "retry", "busy": "retry"})

    def test_an_equal_table_passes(self):
        text = self.table("| 0 | `ok` | fine |", "| 400 | `busy` | later |")
        self.assertEqual(readme.violations(text, "Codes", [(0, "ok"), (400, "busy")]), [])

    def test_missing_surplus_and_misplaced_rows_are_found(self):
        expected = [(0, "ok"), (400, "busy")]
        self.assertEqual(len(readme.violations(self.table("| 0 | `ok` |"), "Codes", expected)), 1)
        surplus = self.table("| 0 | `ok` |", "| 400 | `busy` |", "| 401 | `x` |")
        self.assertEqual(len(readme.violations(surplus, "Codes", expected)), 1)
        self.assertEqual(len(readme.violations(self.table("| 400 | `busy` |", "| 0 | `ok` |"), "Codes", expected)), 1)
        self.assertEqual(len(readme.violations("# R\n", "Codes", expected)), 2)

    def test_a_key_that_the_readme_forgot_is_found(self):
        text = "## Configuration\n`fee` and `latency` `{ p50, max }`\n## Next\n`queue`\n"
        self.assertEqual(readme.undocumented_keys(text, ['t.read("fee", x);', 't.read_table("latency", f);']), [])
        self.assertEqual(len(readme.undocumented_keys(text, ['t.read_percent("queue", x);'])), 1)
        self.assertEqual(len(readme.undocumented_keys(text, [])), 1)

    def test_an_enum_that_vanished_is_found(self):
        self.assertEqual(len(readme.violations(self.table("| 0 | `ok` |"), "Codes", [])), 1)


if __name__ == "__main__":
    unittest.main()
