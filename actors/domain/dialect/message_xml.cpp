#include "actors/domain/dialect/message.hpp"

#include "schema/limits.hpp"

#include <pugixml.hpp>

namespace oncepay {

tl::expected<field_map, std::string> read_xml(std::string_view body);

namespace {

/// The error, or nothing.
std::string gather(const pugi::xml_node& of, const std::string& prefix, int depth, field_map& fields) {
  if (depth > limits::message_depth_max)
    return "nested too deeply";
  for (const pugi::xml_node& child : of.children()) {
    if (child.type() != pugi::node_element)
      continue;
    const std::string name = prefix + child.name();
    const auto first = child.first_child();
    if (first.type() == pugi::node_element) {
      if (auto wrong = gather(child, name + "/", depth + 1, fields); !wrong.empty())
        return wrong;
    } else if (!fields.emplace(name, child.text().get()).second) {
      return "a field is given twice";
    }
    if (fields.size() > limits::message_fields_max)
      return "too many fields";
  }
  return {};
}

} // namespace

tl::expected<field_map, std::string> read_xml(std::string_view body) {
  pugi::xml_document document;
  // The library never fetches an entity. A document type is kept only so that it can be seen and refused.
  const auto parsed =
      document.load_buffer(body.data(), body.size(), pugi::parse_default | pugi::parse_doctype, pugi::encoding_utf8);
  if (!parsed)
    return tl::unexpected(std::string("no XML: ") + parsed.description());
  for (const pugi::xml_node& node : document.children())
    if (node.type() == pugi::node_doctype)
      return tl::unexpected(std::string("holds a document type, which no channel's message does"));
  field_map fields;
  if (auto wrong = gather(document.document_element(), "", 1, fields); !wrong.empty())
    return tl::unexpected(std::move(wrong));
  return fields;
}

} // namespace oncepay
