// One fuzz target: libFuzzer calls it with bytes of its own making, replay.cpp with the files of a corpus.
#pragma once

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);
