#pragma once
// Figures as people read them: three significant digits and a unit that keeps the number between 1
// and 1000; large counts in groups of three digits. The same text on every compiler.

#include <cstdint>
#include <string>

namespace sim {

std::string format_duration(double nanoseconds);  ///< "843 ns", "1.23 ms", "45.6 s"
std::string format_rate(double bytes_per_s);      ///< "78.2 MB/s"
std::string format_size(std::int64_t bytes);      ///< "1 MiB", "1.5 GiB"
std::string format_ratio(double ratio);           ///< "12.3 %"
std::string format_count(double count);           ///< "12 345"
std::string format_factor(double factor);         ///< "1.42x", "120x"

}  // namespace sim
