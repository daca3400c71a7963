#include "actors/domain/dialect/message.hpp"

#include "schema/limits.hpp"

#include <nlohmann/json.hpp>

#include <vector>

namespace oncepay {

tl::expected<field_map, std::string> read_json(std::string_view body);

namespace {

/// Takes a JSON text event by event: numbers as they were written, so that no amount passes through floating point.
class gatherer {
public:
  using json = nlohmann::json;

  bool null() { return value({}); }
  bool boolean(bool b) { return value(b ? "true" : "false"); }
  bool number_integer(json::number_integer_t n) { return value(std::to_string(n)); }
  bool number_unsigned(json::number_unsigned_t n) { return value(std::to_string(n)); }
  bool number_float(json::number_float_t, const std::string& as_written) { return value(as_written); }
  bool string(std::string& text) { return value(std::move(text)); }
  bool binary(json::binary_t&) { return false; }

  bool start_object(size_t) { return open(false); }
  bool end_object() { return close(); }
  bool start_array(size_t) { return levels_.empty() ? fail("no object") : open(true); }
  bool end_array() { return close(); }
  bool key(std::string& name) {
    levels_.back().name = std::move(name);
    return true;
  }
  bool parse_error(size_t, const std::string&, const nlohmann::detail::exception&) { return fail("no JSON"); }

  field_map fields;
  std::string wrong;

private:
  struct level {
    std::string path; ///< What its members' names begin with.
    std::string name; ///< Of the member that is being read.
    size_t index = 0;
    bool is_array = false;
  };

  bool fail(std::string why) {
    if (wrong.empty())
      wrong = std::move(why);
    return false;
  }

  std::string next_name() {
    level& l = levels_.back();
    return l.path + (l.is_array ? std::to_string(l.index++) : l.name);
  }

  bool open(bool is_array) {
    if (levels_.size() >= limits::message_depth_max)
      return fail("nested too deeply");
    std::string path = levels_.empty() ? std::string() : next_name() + "/";
    levels_.push_back({std::move(path), {}, 0, is_array});
    return true;
  }

  bool close() {
    levels_.pop_back();
    return true;
  }

  bool value(std::string text) {
    if (levels_.empty())
      return fail("no object");
    if (!fields.emplace(next_name(), std::move(text)).second)
      return fail("a field is given twice");
    return fields.size() <= limits::message_fields_max || fail("too many fields");
  }

  std::vector<level> levels_;
};

} // namespace

tl::expected<field_map, std::string> read_json(std::string_view body) {
  gatherer g;
  if (!nlohmann::json::sax_parse(body.begin(), body.end(), &g))
    return tl::unexpected(g.wrong.empty() ? std::string("no JSON") : std::move(g.wrong));
  return std::move(g.fields);
}

} // namespace oncepay
