// Certificate authorities as people hand them over.
#pragma once

#include <string>
#include <string_view>

namespace oncepay::cli {

/// What is wrong with certificates in PEM, "holds no certificate"; empty: nothing.
std::string fault_in_authorities(std::string_view pem);

} // namespace oncepay::cli
