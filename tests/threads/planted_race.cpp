// That the thread sanitizer sees what it is there to see (tests/threads/run): `planted_race shared` has two actors
// write to one place, which must be reported; `planted_race sent` has the place go from one to the other in a message,
// which must not: CAF's own synchronisation is seen.
#include <caf/all.hpp>

#include <memory>
#include <string_view>

namespace {

using place = std::shared_ptr<long>;
struct handed_on {
  place what;
};

caf::behavior writer(caf::event_based_actor* self, place mine) {
  return {[=](int more) {
            *mine += more;
            if (more > 0)
              self->send(self, more - 1);
            else
              self->quit();
          },
          [=](const handed_on& theirs) {
            *theirs.what += 1;
            self->quit();
          }};
}

} // namespace

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(handed_on)

int main(int count, char** arguments) {
  const bool shared = count == 2 && std::string_view(arguments[1]) == "shared";
  const auto where = std::make_shared<long>(0);
  caf::actor_system_config config;
  caf::actor_system system(config);
  if (shared) {
    for (int i = 0; i < 2; ++i)
      caf::anon_send(system.spawn(writer, where), 10'000);
  } else {
    *where = 1;
    caf::anon_send(system.spawn(writer, place()), handed_on{where});
  }
  system.await_all_actors_done();
  return *where > 0 ? 0 : 1;
}
