// oncepay code: a merchant's collection codes - issued, looked up, revoked - and their pictures.
#include "cli/code/qr_picture.hpp"

#include "actors/domain/trajectory.hpp"
#include "cli/client/client.hpp"
#include "cli/json.hpp"
#include "schema/http_url.hpp"
#include "schema/limits.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace oncepay::cli {

namespace {

const command_spec code_spec = {
    .name = "code",
    .purpose =
        "A merchant's collection codes: a fixed address with an opaque serial, to be hung up at a till. `make` "
        "issues the code that the merchant calls by this label, the same one however often it is asked for, and "
        "draws it; `show` says whose a serial is; `revoke` ends it for ever. Who reads a code learns neither the "
        "merchant nor how many codes there are, and can take nothing with it.",
    .positionals = {"make|show|revoke", "[SERIAL]"},
    .options = {connect_option,
                {"merchant", "MERCHANT", "Make: whose code; required."},
                {"label", "LABEL", "Make: which of the merchant's codes, \"till-3\"; default \"main\"."},
                {"address", "URL", "Make: what the picture holds before the serial: \"https://pay.example.com/c\"."},
                {"svg", "FILE", "Make: draw it there, for printing."},
                {"png", "FILE", "Make: draw it there, eight pixels a module."},
                {"operator", "NAME", "Revoke: who; required, recorded."},
                {"reason", "TEXT", "Revoke: why; required, recorded, at most 256 bytes."},
                timeout_option,
                json_option},
    .examples =
        "oncepay code make --merchant bookshop --label till-3 --address https://pay.example.com/c --svg till-3.svg\n"
        "oncepay code show 4r9k2m6vq0x1t8bz3c5d7f9g1h\n"
        "oncepay code revoke 4r9k2m6vq0x1t8bz3c5d7f9g1h --operator lin --reason \"sticker was replaced\"",
    .exit_codes = "0  issued and drawn; a good code; revoked\n"
                  "1  refused, unknown, or revoked: the text says which\n"
                  "2  wrong arguments\n"
                  "4  the picture can't be written\n"
                  "5  no answer: can't connect, or the connection broke; running it again is harmless"};

std::string code_text(const reply& r) {
  const auto* code = std::get_if<code_view>(&r.body);
  if (code == nullptr)
    return refusal_text(r);
  return printable(fmt::format("{}: {} of merchant {}{}", code->serial.str(), code->label.str(), code->merchant.str(),
                               code->revoked ? ", revoked" : "")) +
         "\n";
}

exit_code good_code(const reply& r) {
  return r.code == errc::ok ? exit_code::ok : exit_code::negative;
}

/// Revoked is what was wanted.
exit_code revoked_code(const reply& r) {
  const auto* code = std::get_if<code_view>(&r.body);
  return code != nullptr && code->revoked ? exit_code::ok : exit_code::negative;
}

tl::expected<code_serial, exit_code> serial_named(const parsed_options& options) {
  auto serial = code_serial::parse(options.positional(1));
  if (!serial)
    return tl::unexpected(
        options.mistake(fmt::format("\"{}\" is no serial: 26 letters and digits, as `oncepay code make` prints them",
                                    printable(options.positional(1)))));
  return std::move(*serial);
}

exit_code write_file(const std::string& file, const std::string& content) {
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out.write(content.data(), static_cast<std::streamsize>(content.size()));
  out.close();
  return out ? exit_code::ok
             : fail(exit_code::data, fmt::format("{} can't be written: {}", file, std::strerror(errno)));
}

/// What the picture is to hold before the serial; empty: none is wanted.
tl::expected<std::string, exit_code> address_of(const parsed_options& options) {
  if (!options.has("svg") && !options.has("png")) {
    if (options.has("address"))
      return tl::unexpected(options.mistake("--address is what a picture holds: give --svg FILE or --png FILE too"));
    return std::string();
  }
  auto address = options.required("address");
  if (!address)
    return address;
  if (!http_url::parse(*address) || address->size() > limits::code_address_bytes_max)
    return tl::unexpected(
        options.mistake(fmt::format("--address: \"{}\" is no \"https://HOST[:PORT][/PATH]\" of at most {} bytes",
                                    printable(*address), limits::code_address_bytes_max)));
  if (!address->ends_with('/'))
    *address += '/';
  return address;
}

exit_code draw(const parsed_options& options, const std::string& content) {
  const auto matrix = qr_matrix_of(content);
  if (!matrix)
    return fail(exit_code::data, matrix.error());
  if (options.has("svg"))
    if (const auto written = write_file(options.text("svg"), svg_of(*matrix)); written != exit_code::ok)
      return written;
  return options.has("png") ? write_file(options.text("png"), png_of(*matrix)) : exit_code::ok;
}

exit_code make(const parsed_options& options) {
  if (!options.positional(1).empty())
    return options.mistake("a serial isn't chosen: `make` says which one it is");
  const auto merchant_text = options.required("merchant");
  if (!merchant_text)
    return merchant_text.error();
  auto merchant = merchant_id::parse(*merchant_text);
  if (!merchant)
    return options.mistake(
        fmt::format("\"{}\" is no merchant id: 1 to 32 of a-z, 0-9, _ and -", printable(*merchant_text)));
  auto label = code_label::parse(options.text("label", "main"));
  if (!label)
    return options.mistake("--label takes 1 to 32 of a-z, 0-9, _, . and -");
  const auto address = address_of(options);
  if (!address)
    return address.error();
  const auto client = client_options_of(options);
  if (!client)
    return client.error();
  const command question{.request_id = 1,
                         .body = issue_code_command{.merchant = std::move(*merchant), .label = std::move(*label)}};
  const auto answer = exchange(*client, question);
  if (!answer)
    return fail(exit_code::connection, answer.error().text + "; run the same command again, it is the same code");
  if (const auto* code = std::get_if<code_view>(&answer->body); code != nullptr && !address->empty())
    if (const auto drawn = draw(options, *address + code->serial.str()); drawn != exit_code::ok)
      return drawn;
  return print_out(options.has("json") ? json_line(to_json(*answer)) : code_text(*answer), good_code(*answer));
}

} // namespace

exit_code run_code(const arguments& args) {
  const auto options = parsed_options::parse(code_spec, args);
  if (!options)
    return options.error();
  const std::string step = options->positional(0);
  if (step != "make" && step != "show" && step != "revoke")
    return options->mistake(fmt::format("\"{}\" is none of make, show and revoke", printable(step)));
  for (std::string_view of_making : {"merchant", "label", "address", "svg", "png"})
    if (step != "make" && options->has(of_making))
      return options->mistake(fmt::format("--{} is for making a code", of_making));
  for (std::string_view of_revoking : {"operator", "reason"})
    if (step != "revoke" && options->has(of_revoking))
      return options->mistake(fmt::format("--{} is for revoking a code", of_revoking));
  if (step == "make")
    return make(*options);
  auto serial = serial_named(*options);
  if (!serial)
    return serial.error();
  if (step == "show")
    return ask_and_print(*options, {.request_id = 1, .body = query_code_command{std::move(*serial)}}, code_text,
                         good_code);
  auto who = named_person_of(*options);
  if (!who)
    return who.error();
  return ask_and_print(
      *options,
      {.request_id = 1, .body = revoke_code_command{std::move(*serial), std::move(who->name), std::move(who->reason)}},
      code_text, revoked_code);
}

} // namespace oncepay::cli
