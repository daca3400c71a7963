// The bank's own word: what became of a payment, told to where its payer's merchant asked for it, again and again until
// that is acknowledged. Told wrongly where the configuration asks for it. What a killed bank owed, the next one tells.
#pragma once

#include "cli/bank/bank_config.hpp"
#include "cli/bank/teller.hpp"

#include <functional>
#include <memory>
#include <string>

namespace boost::asio {
class io_context;
}

namespace oncepay::cli {

/// True where the bank tells of this payment: it does so on this very machine only, and gives back what it can write
/// down.
bool can_tell_of(const bank_request&);

/// On the `io_context`'s one thread, and gone before that.
class notifier {
public:
  /// `broken` is called where the book can't be written any more: the bank must stop.
  notifier(boost::asio::io_context&, const bank_config&, teller&, std::function<void(std::string)> broken);
  ~notifier();

  /// Looks for what is owed since the last time.
  void look();

private:
  struct implementation;
  std::shared_ptr<implementation> impl_;
};

} // namespace oncepay::cli
