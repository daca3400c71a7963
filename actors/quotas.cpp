#include "actors/quotas.hpp"

#include "schema/limits.hpp"

namespace oncepay {

tl::expected<std::shared_ptr<quota_place>, quota_refusal> quotas::ask(const merchant_id& merchant, instant now) {
  std::shared_ptr<shared_quota> found;
  {
    std::shared_lock hold(guard_);
    auto it = of_.find(merchant);
    if (it == of_.end())
      return nullptr;
    found = it->second;
  }
  std::scoped_lock hold(found->guard_);
  const uint32_t again_ms = found->rules_.begin(now);
  if (again_ms == 0)
    return std::make_shared<quota_place>(found);
  const bool tell = !found->told_at_ || now >= plus_ms(found->told_at_, limits::quota_told_again_ms);
  if (tell)
    found->told_at_ = now;
  return tl::unexpected(quota_refusal{again_ms, tell});
}

void quotas::configure(const merchant_terms& terms) {
  const quota_terms now = quota_of(terms);
  std::unique_lock hold(guard_);
  auto it = of_.find(terms.merchant);
  if (!now.bounds_anything()) {
    if (it != of_.end())
      of_.erase(it);
  } else if (it == of_.end()) {
    of_.emplace(terms.merchant, std::make_shared<shared_quota>(now));
  } else {
    std::scoped_lock one(it->second->guard_);
    it->second->rules_.configure(now);
  }
  bounded_.store(of_.size(), std::memory_order_relaxed);
}

const merchant_id* asking_merchant(const command& cmd) {
  if (auto* c = std::get_if<pay_command>(&cmd.body))
    return &c->merchant;
  if (auto* c = std::get_if<query_order_command>(&cmd.body))
    return &c->merchant;
  if (auto* c = std::get_if<refund_command>(&cmd.body))
    return &c->merchant;
  if (auto* c = std::get_if<close_command>(&cmd.body))
    return &c->merchant;
  if (auto* c = std::get_if<confirm_command>(&cmd.body))
    return &c->merchant;
  if (auto* c = std::get_if<pay_out_command>(&cmd.body))
    return &c->merchant;
  if (auto* c = std::get_if<pay_out_batch_command>(&cmd.body))
    return &c->merchant;
  if (auto* c = std::get_if<query_batch_command>(&cmd.body))
    return &c->merchant;
  if (auto* c = std::get_if<issue_code_command>(&cmd.body))
    return &c->merchant;
  if (auto* c = std::get_if<bind_command>(&cmd.body))
    return &c->merchant;
  if (auto* c = std::get_if<unbind_command>(&cmd.body))
    return &c->merchant;
  if (auto* c = std::get_if<authenticate_command>(&cmd.body))
    return &c->merchant;
  return nullptr;
}

} // namespace oncepay
