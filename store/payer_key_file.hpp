// DIR/keys/payer.keys: readable by its owner alone, never in a backup of the log. Internal to this floor.
//
//   oncepay payer keys 1
//   token <64 hexadecimal digits>
//   seal 1 <64 hexadecimal digits>
//   seal 2 forgotten
//
// The last sealing key seals. To forget those sealed under a key, its digits are replaced by "forgotten", here and in
// every copy of this file.
#pragma once

#include "store/payer_vault.hpp"

namespace oncepay {

bool payer_keys_exist(const std::string& data_directory);

store_result<payer_keys> load_payer_keys(const std::string& data_directory);

/// Makes the file, with random keys, where there is none.
store_result<payer_keys> load_or_make_payer_keys(const std::string& data_directory, uint32_t first_sealing_id);

/// Overwrites them in memory.
void wipe(payer_keys&);

} // namespace oncepay
