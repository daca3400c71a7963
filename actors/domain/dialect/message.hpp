// The bodies channels speak in - XML, JSON, forms - to flat fields and back. Written for bodies from outside: bounded
// in bytes, fields and depth; document types and external entities are refused; a field that is given twice is a
// mistake, since two readers could take a different one each.
#pragma once

#include "actors/domain/dialect/signing.hpp"

#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace oncepay {

enum class body_format : uint8_t { xml = 1, json = 2, form = 3 };

/// "application/json" and the like.
std::string_view content_type(body_format);

/// A body's fields; the error says what is wrong with it. XML: of the root's children. Numbers stay as they were
/// written.
tl::expected<field_map, std::string> read_fields(body_format, std::string_view body);

/// The fields as a body; what has a meaning in the format is escaped. XML and JSON: one flat object.
std::string write_fields(body_format, const field_map&);

/// The text of a member of the outermost JSON object exactly as it stands in the body: signatures cover that. Empty
/// where there is none, or it is there twice. `body` must be valid JSON.
std::string_view raw_json_member(std::string_view body, std::string_view name);

} // namespace oncepay
