#include "cli/server/beside.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <future>
#include <memory>

namespace oncepay::cli {

void run_beside(boost::asio::io_context& io, const std::function<void()>& work) {
  auto serving = boost::asio::make_work_guard(io);
  auto done = std::async(std::launch::async, [&] {
    // However it ends: whoever serves would else do so for ever.
    const auto stop = [](boost::asio::io_context* served) {
      served->stop();
    };
    const std::unique_ptr<boost::asio::io_context, decltype(stop)> ends(&io, stop);
    work();
  });
  io.run();
  done.wait();
  serving.reset(); // the last of its work gone, an io_context stops by itself: restart it after that
  io.restart();
  done.get();
}

} // namespace oncepay::cli
