// Cards: they are bound, authenticated and unbound, and payments are withheld by what is bound; each asked about, too.
#pragma once

#include "sim/matrix/deeds.hpp"

namespace oncepay::sim::matrix {

made bind(const cell&);
made enquire_of_binding(const cell&);
made authenticate(const cell&);
made enquire_of_authentication(const cell&);
made sign_and_pay(const cell&);
made enquire_of_signing(const cell&);
made withhold(const cell&);
made enquire_of_withheld(const cell&);
made grant(const cell&);
made unbind(const cell&);
made enquire_of_unbinding(const cell&);

} // namespace oncepay::sim::matrix
