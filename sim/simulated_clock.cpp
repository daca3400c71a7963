#include "sim/simulated_clock.hpp"
