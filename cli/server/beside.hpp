// Work that takes a while, on a thread of its own, while the I/O thread goes on serving whoever asks how it goes.
#pragma once

#include <functional>

namespace boost::asio {
class io_context;
}

namespace oncepay::cli {

/// Returns when `work` has; what it throws is thrown here. Handlers run on the calling thread meanwhile; those that are
/// still pending then run when the `io_context` next does.
void run_beside(boost::asio::io_context&, const std::function<void()>& work);

} // namespace oncepay::cli
